#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include "server/base/text.hpp"
#include "server/commands/shared/expiry_option.hpp"
#include "server/commands/strings/register.hpp"
#include "server/commands/strings/shared.hpp"
#include "server/commands/strings/value_condition.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Strings that are read and written as a whole, one key at a time.
namespace sluice::commands::strings {

using namespace dispatch;
using store::Key;
using Expiry = store::Keyspace::Expiry;

namespace {

// GET key
struct Get {
  static constexpr Spec<DataContext> spec{{.name = "GET",
                                           .arity = 2,
                                           .flags = Flag::readonly | Flag::fast,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "1.0.0",
                                           .summary = "Returns the string at a key.",
                                           .complexity = "O(1)",
                                           .syntax = "key"}};
  Key key;

  void execute(DataContext& ctx) const { reply_string(ctx.reply, read_string(ctx, key)); }
};

// With GET the old value is read as well, with a condition on it it is looked at; otherwise it is replaced unseen.
KeyFlags key_flags_of_set(Words request) {
  const Words options = request.subspan(3);
  const auto is_get = [](std::string_view option) { return base::equals_ignoring_case(option, "GET"); };
  if (std::ranges::any_of(options, is_get)) return KeyFlag::read_write | KeyFlag::access | KeyFlag::update;
  const auto is_condition = [](std::string_view option) { return ValueCondition::of(option, {}).is_given(); };
  if (std::ranges::any_of(options, is_condition)) return KeyFlag::read_write | KeyFlag::update;
  return KeyFlag::overwrite | KeyFlag::update;
}

// SET key value [NX | XX | IFEQ value | IFNE value | IFDEQ digest | IFDNE digest] [GET]
//   [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]
// With GET the reply is the old value, or null, whether the new one was stored or not. A time in the past is no error:
// the key is stored and gone at once.
struct Set {
  static constexpr Spec<DataContext> spec{
      {.name = "SET",
       .arity = -3,
       .flags = Flag::write | Flag::deny_oom,
       .keys = one_key(KeyFlag::read_write | KeyFlag::access | KeyFlag::update | KeyFlag::variable_flags),
       .since = "1.0.0",
       .summary = "Stores a string under a key, whatever the key held before. Creates the key if it is absent.",
       .complexity = "O(1)",
       .syntax = "key value [condition: NX | XX | IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE "
                 "ifdne-digest] [GET] [expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT "
                 "unix-time-milliseconds | KEEPTTL]",
       .key_flags_of = key_flags_of_set}};
  Key key;
  std::string_view value;
  bool only_if_absent = false;
  bool only_if_present = false;
  ValueCondition condition = {};
  bool returns_old = false;
  bool keeps_expiry = false;
  ExpiryOption expiry = {};
  Words options = {};  // as they were typed

  static Set parse(ArgReader& reader) {
    Set set{.key = reader.next_key(), .value = reader.next_word()};
    set.options = reader.left_words();
    while (!reader.done()) set.read_option(reader);
    const int conditions = set.only_if_absent + set.only_if_present + set.condition.is_given();
    if (conditions > 1) throw syntax_error();
    if (set.keeps_expiry && set.expiry.is_given()) throw syntax_error();
    return set;
  }

  void read_option(ArgReader& reader) {
    if (reader.take_keyword("NX")) {
      only_if_absent = true;
    } else if (reader.take_keyword("XX")) {
      only_if_present = true;
    } else if (reader.take_keyword("GET")) {
      returns_old = true;
    } else if (reader.take_keyword("KEEPTTL")) {
      keeps_expiry = true;
    } else if (!condition.take(reader) && !expiry.take(reader)) {
      throw syntax_error();
    }
  }

  Expiry new_expiry(const DataContext& ctx) const {
    if (expiry.is_given()) return Expiry::at(expiry.at_ms(ctx.clock, spec.name));
    return keeps_expiry ? Expiry::keep : Expiry::clear;
  }

  void execute(DataContext& ctx) const {
    const Expiry until = new_expiry(ctx);
    if (returns_old || only_if_absent || only_if_present || condition.is_given()) {
      store_depending_on_old(ctx, until);
    } else {
      set_value(ctx, key, value, until);
      tell_of_expiry(ctx);
      ctx.reply.ok();
    }
  }

  void store_depending_on_old(DataContext& ctx, Expiry until) const {
    const auto old = returns_old ? read_string(ctx, key) : ctx.keyspace.find(key);
    const bool is_stored = condition.is_given() ? is_met(old) : old ? !only_if_absent : !only_if_present;
    if (returns_old) {
      reply_string(ctx.reply, old);
    } else if (is_stored) {
      ctx.reply.ok();
    } else {
      ctx.reply.null();
    }
    if (!is_stored) return;
    set_value(ctx, old, key, value, until);
    tell_of_expiry(ctx);
  }

  bool is_met(const store::Keyspace::Found& old) const {
    return check_string(old) ? condition.is_met_by(old->string()) : condition.is_met_by_absence();
  }

  void tell_of_expiry(DataContext& ctx) const {
    if (expiry.is_given()) ctx.notify(EventClass::generic, "expire", key);
    if (ctx.effects.wanted()) [[unlikely]]
      say_effect(ctx);
  }

  // Repeated with the point in time that was meant, and without GET.
  void say_effect(DataContext& ctx) const {
    if (expiry.is_given()) {
      return ctx.effects.instead("SET", key.bytes, value, "PXAT", expiry.at_ms(ctx.clock, spec.name));
    }
    if (!returns_old) return;
    ctx.effects.instead_written([this](std::vector<std::string_view>& words) {
      words = {"SET", key.bytes, value};
      std::ranges::copy_if(options, std::back_inserter(words),
                           [](std::string_view option) { return !base::equals_ignoring_case(option, "GET"); });
    });
  }
};

// SETNX key value
struct SetNx {
  static constexpr Spec<DataContext> spec{{.name = "SETNX",
                                           .arity = 3,
                                           .flags = Flag::write | Flag::deny_oom | Flag::fast,
                                           .keys = one_key(KeyFlag::overwrite | KeyFlag::insert),
                                           .since = "1.0.0",
                                           .summary = "Stores a string under a key that does not exist yet.",
                                           .complexity = "O(1)",
                                           .syntax = "key value"}};
  Key key;
  std::string_view value;

  void execute(DataContext& ctx) const {
    const auto found = ctx.keyspace.find(key);
    if (!found) set_value(ctx, found, key, value);
    ctx.reply.integer(found ? 0 : 1);
  }
};

void set_until(DataContext& ctx, const Key& key, std::string_view value, std::int64_t at_ms) {
  set_value(ctx, key, value, Expiry::at(at_ms));
  ctx.notify(EventClass::generic, "expire", key);
  ctx.effects.instead("SET", key.bytes, value, "PXAT", at_ms);
  ctx.reply.ok();
}

// SETEX key seconds value
struct SetEx {
  static constexpr Spec<DataContext> spec{{.name = "SETEX",
                                           .arity = 4,
                                           .flags = Flag::write | Flag::deny_oom,
                                           .keys = one_key(KeyFlag::overwrite | KeyFlag::update),
                                           .since = "2.0.0",
                                           .summary = "Stores a string under a key for a number of seconds.",
                                           .complexity = "O(1)",
                                           .syntax = "key seconds value"}};
  Key key;
  std::string_view seconds;
  std::string_view value;

  void execute(DataContext& ctx) const {
    const ExpiryOption expiry(ExpiryOption::Unit::seconds, seconds);
    set_until(ctx, key, value, expiry.at_ms(ctx.clock, spec.name));
  }
};

// PSETEX key milliseconds value
struct PSetEx {
  static constexpr Spec<DataContext> spec{{.name = "PSETEX",
                                           .arity = 4,
                                           .flags = Flag::write | Flag::deny_oom,
                                           .keys = one_key(KeyFlag::overwrite | KeyFlag::update),
                                           .since = "2.6.0",
                                           .summary = "Stores a string under a key for a number of milliseconds.",
                                           .complexity = "O(1)",
                                           .syntax = "key milliseconds value"}};
  Key key;
  std::string_view milliseconds;
  std::string_view value;

  void execute(DataContext& ctx) const {
    const ExpiryOption expiry(ExpiryOption::Unit::milliseconds, milliseconds);
    set_until(ctx, key, value, expiry.at_ms(ctx.clock, spec.name));
  }
};

// GETSET key value
struct GetSet {
  static constexpr Spec<DataContext> spec{
      {.name = "GETSET",
       .arity = 3,
       .flags = Flag::write | Flag::deny_oom | Flag::fast,
       .keys = one_key(KeyFlag::read_write | KeyFlag::access | KeyFlag::update),
       .since = "1.0.0",
       .summary = "Stores a string under a key and returns the one that was there before.",
       .complexity = "O(1)",
       .syntax = "key value"}};
  Key key;
  std::string_view value;

  void execute(DataContext& ctx) const {
    const auto old = read_string(ctx, key);
    reply_string(ctx.reply, old);
    set_value(ctx, old, key, value);
    ctx.effects.instead("SET", key.bytes, value);
  }
};

// GETDEL key
struct GetDel {
  static constexpr Spec<DataContext> spec{
      {.name = "GETDEL",
       .arity = 2,
       .flags = Flag::write | Flag::fast,
       .keys = one_key(KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data),
       .since = "6.2.0",
       .summary = "Returns the string at a key and deletes the key.",
       .complexity = "O(1)",
       .syntax = "key"}};
  Key key;

  void execute(DataContext& ctx) const {
    auto found = read_string(ctx, key);
    reply_string(ctx.reply, found);
    if (!found) return;
    found.erase();
    ctx.notify(EventClass::generic, "del", key);
    ctx.effects.instead("DEL", key.bytes);
  }
};

// GETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]
// The amount is looked at only when there is a key. A time in the past deletes it.
struct GetEx {
  static constexpr Spec<DataContext> spec{
      {.name = "GETEX",
       .arity = -2,
       .flags = Flag::write | Flag::fast,
       .keys = one_key(KeyFlag::read_write | KeyFlag::access | KeyFlag::update),
       .since = "6.2.0",
       .summary = "Returns the string at a key and sets or clears the key's expiry.",
       .complexity = "O(1)",
       .syntax = "key [expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds "
                 "| PERSIST]"}};
  Key key;
  bool persists = false;
  ExpiryOption expiry = {};

  static GetEx parse(ArgReader& reader) {
    GetEx get{.key = reader.next_key()};
    while (!reader.done()) {
      if (reader.take_keyword("PERSIST")) {
        get.persists = true;
      } else if (!get.expiry.take(reader)) {
        throw syntax_error();
      }
    }
    if (get.persists && get.expiry.is_given()) throw syntax_error();
    return get;
  }

  void execute(DataContext& ctx) const {
    auto found = read_string(ctx, key);
    if (!found) return ctx.reply.null();
    ctx.reply.bulk(found->string());
    if (persists && found.clear_expiry()) {
      ctx.notify(EventClass::generic, "persist", key);
      ctx.effects.instead("PERSIST", key.bytes);
    }
    if (expiry.is_given()) expire_at(ctx, found, key, expiry.at_ms(ctx.clock, spec.name));
  }
};

}  // namespace

std::span<const Spec<DataContext>> get_and_set_commands() {
  static const std::array list{command<Get>(),    command<Set>(),    command<SetNx>(),  command<SetEx>(),
                               command<PSetEx>(), command<GetSet>(), command<GetDel>(), command<GetEx>()};
  return list;
}

}  // namespace sluice::commands::strings
