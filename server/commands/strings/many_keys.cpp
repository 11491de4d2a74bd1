#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "server/commands/shared/expiry_option.hpp"
#include "server/commands/shared/key_groups.hpp"
#include "server/commands/strings/register.hpp"
#include "server/commands/strings/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Strings under many keys at once.
namespace sluice::commands::strings {

using namespace dispatch;
using store::Key;

namespace {

// The rest of the request as pairs of a key and its value.
Words read_pairs(ArgReader& reader, std::string_view command_name) {
  if (reader.left() % 2 != 0) throw wrong_arity(command_name);
  return reader.rest();
}

// MGET key [key ...]
// A key that holds anything but a string is as good as absent.
struct MGet {
  static constexpr Spec<DataContext> spec{{.name = "MGET",
                                           .arity = -2,
                                           .flags = Flag::readonly | Flag::fast,
                                           .keys = all_keys(KeyFlag::read_only | KeyFlag::access),
                                           .since = "1.0.0",
                                           .summary = "Returns the strings at several keys.",
                                           .complexity = "O(N) for N keys",
                                           .syntax = "key [key ...]",
                                           .tips = "request_policy:multi_shard"}};
  Words keys;

  void execute(DataContext& ctx) const {
    ctx.reply.array(keys.size());
    for_each_key(ctx, keys, 1, [&ctx](const Key& key, std::size_t) {
      const store::Entry* entry = find_to_read(ctx, key);
      const bool is_string = entry != nullptr && entry->type() == store::Type::string;
      reply_string(ctx.reply, is_string ? entry : nullptr);
    });
  }
};

// MSET key value [key value ...]
struct MSet {
  static constexpr Spec<DataContext> spec{
      {.name = "MSET",
       .arity = -3,
       .flags = Flag::write | Flag::deny_oom | Flag::several_changes,
       .keys = KeySpec{.flags = KeyFlag::overwrite | KeyFlag::update, .last = -1, .step = 2},
       .since = "1.0.1",
       .summary = "Stores strings under several keys, whatever they held before.",
       .complexity = "O(N) for N keys",
       .syntax = "key value [key_value: key value ...]",
       .tips = "request_policy:multi_shard response_policy:all_succeeded"}};
  Words pairs;

  static MSet parse(ArgReader& reader) { return {.pairs = read_pairs(reader, spec.name)}; }

  void execute(DataContext& ctx) const {
    for_each_key(ctx, pairs, 2, [&](const Key& key, std::size_t index) { set_value(ctx, key, pairs[index + 1]); });
    ctx.reply.ok();
  }
};

// MSETNX key value [key value ...]
struct MSetNx {
  static constexpr Spec<DataContext> spec{
      {.name = "MSETNX",
       .arity = -3,
       .flags = Flag::write | Flag::deny_oom | Flag::several_changes,
       .keys = KeySpec{.flags = KeyFlag::overwrite | KeyFlag::insert, .last = -1, .step = 2},
       .since = "1.0.1",
       .summary = "Stores strings under several keys if none of these exists yet.",
       .complexity = "O(N) for N keys",
       .syntax = "key value [key_value: key value ...]"}};
  Words pairs;

  static MSetNx parse(ArgReader& reader) { return {.pairs = read_pairs(reader, spec.name)}; }

  void execute(DataContext& ctx) const {
    std::vector<Key> keys;
    keys.reserve(pairs.size() / 2);
    bool all_absent = true;
    for_each_key(ctx, pairs, 2, [&](const Key& key, std::size_t) {
      keys.push_back(key);
      if (ctx.keyspace.find(key) != nullptr) all_absent = false;
    });
    for (std::size_t index = 0; all_absent && index < keys.size(); ++index) {
      set_value(ctx, keys[index], pairs[2 * index + 1]);
    }
    ctx.reply.integer(all_absent ? 1 : 0);
  }
};

// MSETEX numkeys key value [key value ...] [NX | XX]
//   [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]
// All or none. A key that is named twice counts once for the condition, and gets the last value.
struct MSetEx {
  static constexpr Spec<DataContext> spec{
      {.name = "MSETEX",
       .arity = -4,
       .flags = Flag::write | Flag::deny_oom | Flag::movable_keys | Flag::several_changes,
       .keys = KeySpec{.flags = KeyFlag::overwrite | KeyFlag::update, .step = 2, .is_counted = true},
       .since = "8.4.0",
       .summary = "Stores strings under several keys, if all of these exist or none, until a time.",
       .complexity = "O(N) for N keys",
       .syntax = "numkeys <data: key value ...> [condition: NX | XX] [expiration: EX seconds | PX milliseconds | EXAT "
                 "unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]"}};
  Words pairs;
  bool only_if_absent = false;
  bool only_if_present = false;
  bool keeps_expiry = false;
  ExpiryOption expiry;

  static MSetEx parse(ArgReader& reader) {
    const auto count = base::parse_integer(reader.next_word());
    if (!count || *count <= 0 || *count > std::numeric_limits<std::int32_t>::max()) {
      throw CommandError("ERR invalid numkeys value");
    }
    const auto word_count = static_cast<std::size_t>(*count) * 2;
    if (word_count > reader.left()) throw CommandError("ERR wrong number of key-value pairs");
    MSetEx command{.pairs = reader.left_words().first(word_count)};
    for (std::size_t number = 0; number < word_count; ++number) reader.next_word();
    while (!reader.done()) command.read_option(reader);
    return command;
  }

  void execute(DataContext& ctx) const {
    const auto at_ms = expiry.is_given() ? std::optional(expiry.at_ms(ctx.clock, spec.name)) : std::nullopt;
    if (!is_met(ctx)) return ctx.reply.integer(0);
    for_each_key(ctx, pairs, 2, [&](const Key& key, std::size_t index) { store(ctx, key, pairs[index + 1], at_ms); });
    if (at_ms) repeat(ctx, *at_ms);
    ctx.reply.integer(1);
  }

 private:
  void read_option(ArgReader& reader) {
    const auto take_once = [](bool& is_given, bool is_excluded) {
      if (is_given || is_excluded) throw syntax_error();
      is_given = true;
    };
    if (reader.take_keyword("NX")) return take_once(only_if_absent, only_if_present);
    if (reader.take_keyword("XX")) return take_once(only_if_present, only_if_absent);
    if (reader.take_keyword("KEEPTTL")) return take_once(keeps_expiry, expiry.is_given());
    if (expiry.is_given() || keeps_expiry || !expiry.take(reader)) throw syntax_error();
  }

  bool is_met(DataContext& ctx) const {
    if (!only_if_absent && !only_if_present) return true;
    bool is_right = true;
    for_each_key(ctx, pairs, 2, [&](const Key& key, std::size_t) {
      if (static_cast<bool>(ctx.keyspace.find(key)) != only_if_present) is_right = false;
    });
    return is_right;
  }

  void store(DataContext& ctx, const Key& key, std::string_view value, std::optional<std::int64_t> at_ms) const {
    using Expiry = store::Keyspace::Expiry;
    const auto found = ctx.keyspace.find(key);
    const bool is_replaced = static_cast<bool>(found);
    const store::Type before = is_replaced ? found->type() : store::Type::string;
    put_value(ctx, found, key, value, at_ms ? Expiry::at(*at_ms) : keeps_expiry ? Expiry::keep : Expiry::clear);
    if (is_replaced) ctx.notify_replaced(key, before, store::Type::string);
    if (at_ms) ctx.notify(EventClass::generic, "expire", key);
    ctx.notify(EventClass::string, "set", key);
  }

  // With the point in time that was meant.
  void repeat(DataContext& ctx, std::int64_t at_ms) const {
    const std::string count = std::to_string(pairs.size() / 2);
    const std::string time = std::to_string(at_ms);
    ctx.effects.instead_written([&](std::vector<std::string_view>& words) {
      words = {spec.name, count};
      words.insert(words.end(), pairs.begin(), pairs.end());
      if (only_if_absent) words.emplace_back("NX");
      if (only_if_present) words.emplace_back("XX");
      words.insert(words.end(), {"PXAT", time});
    });
  }
};

}  // namespace

std::span<const Spec<DataContext>> many_key_commands() {
  static const std::array list{command<MGet>(), command<MSet>(), command<MSetNx>(), command<MSetEx>()};
  return list;
}

}  // namespace sluice::commands::strings
