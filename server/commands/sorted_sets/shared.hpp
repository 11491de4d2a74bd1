#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "server/commands/shared/elements.hpp"
#include "server/commands/shared/key_lookup.hpp"
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

// Puts `result` in the place of whatever the destination holds, tells of it as `event`, and replies with its size. An
// empty one removes the destination.
inline void store_sorted_set(dispatch::DataContext& ctx, const store::Key& destination, store::SortedSet result,
                             std::string_view event) {
  auto present = ctx.keyspace.find(destination);
  if (result.empty()) {
    if (present) {
      present.erase();
      ctx.notify(dispatch::EventClass::generic, "del", destination);
    }
    return ctx.reply.integer(0);
  }
  const auto count = static_cast<std::int64_t>(result.size());
  const std::optional<store::Type> before = present ? std::optional(present->type()) : std::nullopt;
  ctx.keyspace.put(destination, std::move(result));
  if (before) ctx.notify_replaced(destination, *before, store::Type::sorted_set);
  ctx.notify(dispatch::EventClass::sorted_set, event, destination);
  ctx.reply.integer(count);
}

}  // namespace sluice::commands::sorted_sets
