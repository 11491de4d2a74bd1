#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "server/commands/shared/elements.hpp"
#include "server/commands/shared/scored_members.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/store/values/sorted_set.hpp"

// What the commands on sorted sets share.
namespace sluice::commands::sorted_sets {

// How members are replied in an array: with their scores or without, which RESP3 has as pairs where `in_pairs`.
struct MemberReply {
  bool with_scores = false;
  bool in_pairs = false;

  static MemberReply of(const dispatch::DataContext& ctx, bool with_scores) {
    return {with_scores, with_scores && ctx.reply.version() == protocol::ProtocolVersion::resp3};
  }

  // Of `count` members.
  void header(dispatch::DataContext& ctx, std::size_t count) const {
    ctx.reply.array(with_scores && !in_pairs ? 2 * count : count);
  }
  void header_at(dispatch::DataContext& ctx, std::size_t mark, std::size_t count) const {
    ctx.reply.array_at(mark, with_scores && !in_pairs ? 2 * count : count);
  }
  void member(dispatch::DataContext& ctx, const store::PackedElement& member, double score) const {
    if (in_pairs) ctx.reply.array(2);
    reply_element(ctx.reply, member);
    if (with_scores) ctx.reply.real(score);
  }
};

}  // namespace sluice::commands::sorted_sets
