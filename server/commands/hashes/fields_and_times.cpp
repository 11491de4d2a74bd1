#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/commands/hashes/register.hpp"
#include "server/commands/hashes/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Fields together with their times, or with their removal.
namespace sluice::commands::hashes {

using namespace dispatch;
using store::Hash;
using store::Key;
using store::OldTime;

namespace {

// HSETEX key [FNX | FXX] [EX seconds | PX ms | EXAT s | PXAT ms | KEEPTTL]
//   FIELDS numfields field value [field value ...]
// A time that has passed removes the fields.
struct HSetEx {
  static constexpr Spec<DataContext> spec{
      {.name = "HSETEX",
       .arity = -6,
       .flags = Flag::write | Flag::deny_oom | Flag::fast | Flag::several_changes,
       .keys = one_key(KeyFlag::read_write | KeyFlag::update),
       .since = "8.0.0",
       .summary = "Sets fields of a hash and until when they exist.",
       .complexity = "O(N) for N fields",
       .syntax = "key [condition: FNX | FXX] [expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT "
                 "unix-time-milliseconds | KEEPTTL] FIELDS numfields field value [field_value: field value ...]"}};
  Key key;
  ElementWrite write;

  static HSetEx parse(ArgReader& reader) {
    const Key key = reader.next_key();
    return {.key = key, .write = ElementWrite::parse(reader, field_words, 2, "FNX", "FXX")};
  }

  void execute(DataContext& ctx) const {
    const auto at_ms = write.time.at_ms(ctx.clock, spec.name);
    auto hash = open<Hash>(ctx, key);
    hash.drop_expired(write.elements, 2);
    if (!is_met(write, hash, 2)) return ctx.reply.integer(0);
    if (at_ms && *at_ms <= ctx.clock.now_ms()) {
      if (hash) erase(ctx, hash);
    } else {
      set(ctx, hash, at_ms);
    }
    ctx.reply.integer(1);
  }

 private:
  void erase(DataContext& ctx, OpenHash& hash) const {
    const auto names = every(2, write.elements);
    if (erase_fields(ctx, key, hash, names) > 0) ctx.effects.instead_with("HDEL", key.bytes, names);
  }

  void set(DataContext& ctx, OpenHash& hash, std::optional<std::int64_t> at_ms) const {
    const store::HashLimits limits = hash_limits(ctx);
    const OldTime old_time = write.keeps_times() ? OldTime::keep : OldTime::clear;
    const Words pairs = write.elements;
    hash.edit_or_add(ctx, key, [&](Hash& edited) {
      edited.expect(pairs.size() / 2, limits);
      for (std::size_t index = 0; index < pairs.size(); index += 2) {
        edited.set(pairs[index], pairs[index + 1], old_time, limits);
        if (at_ms) edited.set_time(pairs[index], at_ms);
      }
    });
    repeat_write<FieldTimes>(ctx, spec.name, key, write, at_ms, pairs, pairs.size() / 2);
    notify_elements(ctx, EventClass::hash, "hset", key, pairs, 2);
    if (at_ms) notify_elements(ctx, EventClass::hash, "hexpire", key, pairs, 2);
  }
};

// HGETEX key [EX seconds | PX ms | EXAT s | PXAT ms | PERSIST] FIELDS numfields field [field ...]
// A time that has passed removes the fields.
struct HGetEx {
  static constexpr Spec<DataContext> spec{
      {.name = "HGETEX",
       .arity = -5,
       .flags = Flag::write | Flag::fast | Flag::several_changes,
       .keys = one_key(KeyFlag::read_write | KeyFlag::access | KeyFlag::update),
       .since = "8.0.0",
       .summary = "Returns the values of fields of a hash and sets until when these exist.",
       .complexity = "O(N) for N fields",
       .syntax =
           "key [expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | "
           "PERSIST] FIELDS numfields field [field ...]"}};
  Key key;
  ElementTimeOption time;
  Words fields;

  static HGetEx parse(ArgReader& reader) {
    HGetEx command{.key = reader.next_key()};
    while (!reader.done()) {
      if (command.time.take(reader, "PERSIST")) continue;
      if (!reader.take_keyword(field_words.keyword)) {
        throw CommandError("ERR unknown argument: " + std::string(reader.peek()));
      }
      if (!command.fields.empty()) throw CommandError("ERR FIELDS keyword specified multiple times");
      command.fields = read_counted_elements(reader, field_words, 1);
    }
    if (command.fields.empty()) throw CommandError("ERR missing FIELDS argument");
    return command;
  }

  void execute(DataContext& ctx) const {
    const auto at_ms = time.at_ms(ctx.clock, spec.name);
    auto hash = open<Hash>(ctx, key);
    hash.drop_expired(fields);
    ctx.reply.array(fields.size());
    for (const std::string_view field : fields) reply_value(ctx, find_field(hash, field));
    if (!hash) return;
    if (time.is_own_word) persist(ctx, hash);
    const ElementExpiry expiry{.at_ms = at_ms.value_or(0), .elements = fields};
    if (at_ms && any_changes<FieldTimes>(*hash, expiry)) give_time<FieldTimes>(ctx, key, hash, expiry);
  }

 private:
  void persist(DataContext& ctx, OpenHash& hash) const {
    const auto outcomes = take_times<FieldTimes>(ctx, key, hash, fields);
    if (std::ranges::find(outcomes, TimeOutcome::done) == outcomes.end()) return;
    repeat_for_elements<FieldTimes>(ctx, FieldTimes::persist_command, key, std::nullopt, fields);
  }
};

// HGETDEL key FIELDS numfields field [field ...]
// A field named twice is gone the second time.
struct HGetDel {
  static constexpr Spec<DataContext> spec{
      {.name = "HGETDEL",
       .arity = -5,
       .flags = Flag::write | Flag::fast | Flag::several_changes,
       .keys = one_key(KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data),
       .since = "8.0.0",
       .summary = "Returns the values of fields of a hash and removes these.",
       .complexity = "O(N) for N fields",
       .syntax = "key FIELDS numfields field [field ...]"}};
  Key key;
  Words fields;

  static HGetDel parse(ArgReader& reader) {
    const Key key = reader.next_key();
    return {.key = key, .fields = read_elements(reader, field_words)};
  }

  void execute(DataContext& ctx) const {
    auto hash = open<Hash>(ctx, key);
    hash.drop_expired(fields);
    ctx.reply.array(fields.size());
    if (hash && any_exists(*hash)) return take(ctx, hash);
    for (std::size_t left = fields.size(); left > 0; --left) ctx.reply.null();
  }

 private:
  bool any_exists(const store::HashView& hash) const {
    return std::ranges::any_of(fields, [&](std::string_view field) { return hash.contains(field); });
  }

  void take(DataContext& ctx, OpenHash& hash) const {
    std::vector<std::string_view> taken;
    taken.reserve(fields.size());
    const bool remains = hash.edit([&](Hash& edited) {
      for (const std::string_view field : fields) {
        reply_value(ctx, edited.view().find(field));
        if (edited.erase(field)) taken.push_back(field);
      }
    });
    notify_elements(ctx, EventClass::hash, "hdel", key, taken);
    if (!remains) ctx.notify(EventClass::generic, "del", key);
    ctx.effects.instead_with("HDEL", key.bytes, taken);
  }
};

}  // namespace

std::span<const Spec<DataContext>> field_and_time_commands() {
  static const std::array list{command<HSetEx>(), command<HGetEx>(), command<HGetDel>()};
  return list;
}

}  // namespace sluice::commands::hashes
