#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "server/commands/shared/elements.hpp"
#include "server/commands/shared/key_lookup.hpp"
#include "server/commands/shared/store_result.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/store/values/sorted_set.hpp"

// What the commands on sorted sets share.
namespace sluice::commands::sorted_sets {

using OpenSortedSet = Typed<store::SortedSet>;

inline store::SortedSetLimits sorted_set_limits(const dispatch::DataContext& ctx) {
  return {.hasher = ctx.hashing.hasher,
          .count_max = static_cast<std::size_t>(ctx.settings.zset_max_listpack_entries),
          .member_bytes_max = static_cast<std::size_t>(ctx.settings.zset_max_listpack_value)};
}

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

inline void store_sorted_set(dispatch::DataContext& ctx, const store::Key& destination, store::SortedSet result,
                             std::string_view event) {
  store_result(ctx, destination, std::move(result), dispatch::EventClass::sorted_set, event);
}

}  // namespace sluice::commands::sorted_sets
