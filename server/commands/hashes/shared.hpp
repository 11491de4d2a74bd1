#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "server/commands/shared/element_events.hpp"
#include "server/commands/shared/element_time_commands.hpp"
#include "server/commands/shared/elements.hpp"
#include "server/commands/shared/key_lookup.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/store/values/hash.hpp"

// What the commands on hashes share.
namespace sluice::commands::hashes {

using OpenHash = Typed<store::Hash>;

inline store::HashLimits hash_limits(const dispatch::DataContext& ctx) {
  return {.entries_max = static_cast<std::size_t>(ctx.settings.hash_max_listpack_entries),
          .text_bytes_max = static_cast<std::size_t>(ctx.settings.hash_max_listpack_value),
          .hasher = ctx.hashing.hasher};
}

inline std::optional<store::HashValue> find_field(const OpenHash& hash, std::string_view name) {
  return hash ? (*hash).find(name) : std::nullopt;
}

inline void reply_value(dispatch::DataContext& ctx, const std::optional<store::HashValue>& found) {
  if (found) {
    reply_element(ctx.reply, found->value);
  } else {
    ctx.reply.null();
  }
}

// Erases those of `names` that there are, tells of it and returns how many there were. `hash` holds a hash.
std::size_t erase_fields(dispatch::DataContext& ctx, const store::Key& key, OpenHash& hash, dispatch::Words names);

// Of the commands on the times of fields; see element_time_commands.hpp.
struct FieldTimes {
  using Value = store::Hash;
  static constexpr ElementWords words = field_words;
  static constexpr dispatch::EventClass event_class = dispatch::EventClass::hash;
  static constexpr std::string_view expire_event = "hexpire";
  static constexpr std::string_view persist_event = "hpersist";
  static constexpr std::string_view erase_event = "hdel";
  static constexpr std::string_view expire_command = "HPEXPIREAT";
  static constexpr std::string_view persist_command = "HPERSIST";
  static constexpr std::string_view erase_command = "HDEL";

  static void set_time(const dispatch::DataContext&, store::Hash& hash, std::string_view name,
                       std::optional<std::int64_t> time_ms) {
    hash.set_time(name, time_ms);
  }
};

}  // namespace sluice::commands::hashes
