#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/base/number_text.hpp"
#include "server/commands/shared/element_events.hpp"
#include "server/commands/shared/element_time_commands.hpp"
#include "server/commands/shared/elements.hpp"
#include "server/commands/shared/key_lookup.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/store/values/set.hpp"

// What the commands on sets share.
namespace sluice::commands::sets {

using OpenSet = Typed<store::Set>;

inline store::SetLimits set_limits(const dispatch::DataContext& ctx) {
  return {.intset_entries_max = static_cast<std::size_t>(ctx.settings.set_max_intset_entries),
          .listpack_entries_max = static_cast<std::size_t>(ctx.settings.set_max_listpack_entries),
          .text_bytes_max = static_cast<std::size_t>(ctx.settings.set_max_listpack_value),
          .hasher = ctx.hashing.hasher};
}

// Replies with the members of a set, without a header. The room for those of a small one is found at once.
inline void reply_members(dispatch::DataContext& ctx, const store::SetView& set, std::size_t count) {
  if (!set.is_packed()) {
    return set.for_each([&](const store::PackedElement& member) { reply_element(ctx.reply, member); });
  }
  ctx.reply.bulks(count, set.packed_bytes() + count * base::integer_text_bytes_max, [&](protocol::BulkRun& run) {
    set.for_each([&](const store::PackedElement& member) { add_element(run, member); });
  });
}

// Removes members of an open set; tells of it, and of the end of the key with its last member. Returns how many there
// were.
std::size_t erase_members(dispatch::DataContext& ctx, const store::Key& key, OpenSet& set, dispatch::Words members);

// Of the commands on the times of members; see element_time_commands.hpp.
struct MemberTimes {
  using Value = store::Set;
  static constexpr ElementWords words = member_words;
  static constexpr dispatch::EventClass event_class = dispatch::EventClass::set;
  static constexpr std::string_view expire_event = "sexpire";
  static constexpr std::string_view persist_event = "spersist";
  static constexpr std::string_view erase_event = "srem";
  static constexpr std::string_view expire_command = "SPEXPIREAT";
  static constexpr std::string_view persist_command = "SPERSIST";
  static constexpr std::string_view erase_command = "SREM";

  static void set_time(const dispatch::DataContext& ctx, store::Set& set, std::string_view member,
                       std::optional<std::int64_t> time_ms) {
    set.set_time(member, time_ms, set_limits(ctx));
  }
};

}  // namespace sluice::commands::sets
