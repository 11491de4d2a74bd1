#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/number_text.hpp"
#include "server/base/text.hpp"
#include "server/commands/keys/register.hpp"
#include "server/commands/shared/expiry_option.hpp"
#include "server/commands/shared/key_lookup.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::keys {

using namespace dispatch;
using store::Key;

namespace {

constexpr std::int64_t ms_per_second = 1000;

// [NX | XX | GT | LT]: what must hold of the expiry that a key has for it to get another one. GT and LT may each be
// combined with XX. Here a key without expiry is one that never expires: nothing is greater, everything is less.
struct ExpiryCondition {
  bool only_absent = false;
  bool only_present = false;
  bool only_greater = false;
  bool only_less = false;

  static ExpiryCondition parse(ArgReader& reader) {
    ExpiryCondition condition;
    while (!reader.done()) {
      if (reader.take_keyword("NX")) {
        condition.only_absent = true;
      } else if (reader.take_keyword("XX")) {
        condition.only_present = true;
      } else if (reader.take_keyword("GT")) {
        condition.only_greater = true;
      } else if (reader.take_keyword("LT")) {
        condition.only_less = true;
      } else {
        throw CommandError("ERR Unsupported option " + std::string(base::excerpt(reader.peek(), reader.peek().size())));
      }
    }
    condition.check();
    return condition;
  }

  void check() const {
    if (only_absent && (only_present || only_greater || only_less)) {
      throw CommandError("ERR NX and XX, GT or LT options at the same time are not compatible");
    }
    if (only_greater && only_less) {
      throw CommandError("ERR GT and LT options at the same time are not compatible");
    }
  }

  bool allows(std::optional<std::int64_t> current_ms, std::int64_t new_ms) const {
    if (only_absent && current_ms) return false;
    if (only_present && !current_ms) return false;
    if (only_greater && (!current_ms || new_ms <= *current_ms)) return false;
    if (only_less && current_ms && new_ms >= *current_ms) return false;
    return true;
  }
};

// How one of the commands measures time: `amount` is in units of `unit_ms`, from now on or in Unix time.
struct TimeMeasure {
  enum class Origin : std::uint8_t { now, epoch };
  Origin origin = Origin::now;
  std::int64_t unit_ms = 1;
};

// The common part of EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT.
struct ExpiryChange {
  Key key;
  std::int64_t amount = 0;
  ExpiryCondition condition;
  Words condition_words = {};  // as they were typed

  // As in Redis, a wrong option is reported before a wrong number.
  static ExpiryChange parse(ArgReader& reader) {
    const Key key = reader.next_key();
    const std::string_view amount_word = reader.next_word();
    const Words condition_words = reader.left_words();
    const ExpiryCondition condition = ExpiryCondition::parse(reader);
    const auto amount = base::parse_integer(amount_word);
    if (!amount) throw not_an_integer();
    return {key, *amount, condition, condition_words};
  }

  // A time that has passed is allowed and removes the key at once; one that 64 bits cannot hold is an error even if
  // there is no such key.
  void apply(DataContext& ctx, const TimeMeasure& measure, std::string_view command_name) const {
    const std::optional<std::int64_t> at_ms = expiry_ms(ctx.clock.now_ms(), measure);
    if (!at_ms) throw invalid_expire_time(command_name);
    auto found = ctx.keyspace.find(key);
    const bool applies = found && condition.allows(found->expiry_ms(), *at_ms);
    if (applies) expire_at(ctx, found, key, *at_ms, condition_words);
    ctx.reply.integer(applies ? 1 : 0);
  }

 private:
  std::optional<std::int64_t> expiry_ms(std::int64_t now_ms, const TimeMeasure& measure) const {
    using Limits = std::numeric_limits<std::int64_t>;
    if (amount > Limits::max() / measure.unit_ms || amount < Limits::min() / measure.unit_ms) return std::nullopt;
    const std::int64_t amount_ms = amount * measure.unit_ms;
    const std::int64_t origin_ms = measure.origin == TimeMeasure::Origin::now ? now_ms : 0;
    if (amount_ms > Limits::max() - origin_ms) return std::nullopt;
    return origin_ms + amount_ms;
  }
};

constexpr SpecFields change_spec(std::string_view name, std::string_view since, std::string_view summary,
                                 std::string_view syntax) {
  return {.name = name,
          .arity = -3,
          .flags = Flag::write | Flag::fast,
          .keys = one_key(KeyFlag::read_write | KeyFlag::update),
          .since = since,
          .summary = summary,
          .complexity = "O(1)",
          .syntax = syntax};
}

constexpr SpecFields question_spec(std::string_view name, std::string_view since, std::string_view summary,
                                   std::string_view tips = {}) {
  return {.name = name,
          .arity = 2,
          .flags = Flag::readonly | Flag::fast,
          .keys = one_key(KeyFlag::read_only | KeyFlag::access),
          .since = since,
          .summary = summary,
          .complexity = "O(1)",
          .syntax = "key",
          .tips = tips};
}

// EXPIRE key seconds [NX | XX | GT | LT]
struct Expire {
  static constexpr Spec<DataContext> spec{change_spec("EXPIRE", "1.0.0", "Lets a key expire after some seconds.",
                                                      "key seconds [condition: NX | XX | GT | LT]")};
  ExpiryChange change;

  static Expire parse(ArgReader& reader) { return {ExpiryChange::parse(reader)}; }
  void execute(DataContext& ctx) const {
    change.apply(ctx, {.origin = TimeMeasure::Origin::now, .unit_ms = ms_per_second}, spec.name);
  }
};

// PEXPIRE key milliseconds [NX | XX | GT | LT]
struct PExpire {
  static constexpr Spec<DataContext> spec{change_spec("PEXPIRE", "2.6.0", "Lets a key expire after some milliseconds.",
                                                      "key milliseconds [condition: NX | XX | GT | LT]")};
  ExpiryChange change;

  static PExpire parse(ArgReader& reader) { return {ExpiryChange::parse(reader)}; }
  void execute(DataContext& ctx) const {
    change.apply(ctx, {.origin = TimeMeasure::Origin::now, .unit_ms = 1}, spec.name);
  }
};

// EXPIREAT key unix-time-seconds [NX | XX | GT | LT]
struct ExpireAt {
  static constexpr Spec<DataContext> spec{change_spec("EXPIREAT", "1.2.0",
                                                      "Lets a key expire at a Unix time in seconds.",
                                                      "key unix-time-seconds [condition: NX | XX | GT | LT]")};
  ExpiryChange change;

  static ExpireAt parse(ArgReader& reader) { return {ExpiryChange::parse(reader)}; }
  void execute(DataContext& ctx) const {
    change.apply(ctx, {.origin = TimeMeasure::Origin::epoch, .unit_ms = ms_per_second}, spec.name);
  }
};

// PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT]
struct PExpireAt {
  static constexpr Spec<DataContext> spec{change_spec("PEXPIREAT", "2.6.0",
                                                      "Lets a key expire at a Unix time in milliseconds.",
                                                      "key unix-time-milliseconds [condition: NX | XX | GT | LT]")};
  ExpiryChange change;

  static PExpireAt parse(ArgReader& reader) { return {ExpiryChange::parse(reader)}; }
  void execute(DataContext& ctx) const {
    change.apply(ctx, {.origin = TimeMeasure::Origin::epoch, .unit_ms = 1}, spec.name);
  }
};

// What the commands that ask for an expiry reply: -2 if there is no such key, -1 if it has no expiry, otherwise what
// `measure` makes of the expiry.
template <class Measure>
void reply_expiry(DataContext& ctx, const Key& key, Measure&& measure) {
  const store::Entry* entry = peek_to_read(ctx, key);
  if (entry == nullptr) {
    ctx.reply.integer(-2);
  } else if (const auto expiry_ms = entry->expiry_ms()) {
    ctx.reply.integer(measure(*expiry_ms));
  } else {
    ctx.reply.integer(-1);
  }
}

// Rounded to the nearest second.
std::int64_t to_seconds(std::int64_t time_ms) {
  return time_ms / ms_per_second + (time_ms % ms_per_second >= ms_per_second / 2 ? 1 : 0);
}

// TTL key
struct Ttl {
  static constexpr Spec<DataContext> spec{
      question_spec("TTL", "1.0.0", "Tells in how many seconds a key expires.", "nondeterministic_output")};
  Key key;

  void execute(DataContext& ctx) const {
    reply_expiry(ctx, key, [&](std::int64_t expiry_ms) { return to_seconds(expiry_ms - ctx.clock.now_ms()); });
  }
};

// PTTL key
struct PTtl {
  static constexpr Spec<DataContext> spec{
      question_spec("PTTL", "2.6.0", "Tells in how many milliseconds a key expires.", "nondeterministic_output")};
  Key key;

  void execute(DataContext& ctx) const {
    reply_expiry(ctx, key, [&](std::int64_t expiry_ms) { return expiry_ms - ctx.clock.now_ms(); });
  }
};

// EXPIRETIME key
struct ExpireTime {
  static constexpr Spec<DataContext> spec{
      question_spec("EXPIRETIME", "7.0.0", "Tells when a key expires, in seconds of Unix time.")};
  Key key;

  void execute(DataContext& ctx) const {
    reply_expiry(ctx, key, [](std::int64_t expiry_ms) { return to_seconds(expiry_ms); });
  }
};

// PEXPIRETIME key
struct PExpireTime {
  static constexpr Spec<DataContext> spec{
      question_spec("PEXPIRETIME", "7.0.0", "Tells when a key expires, in milliseconds of Unix time.")};
  Key key;

  void execute(DataContext& ctx) const {
    reply_expiry(ctx, key, [](std::int64_t expiry_ms) { return expiry_ms; });
  }
};

// PERSIST key
struct Persist {
  static constexpr Spec<DataContext> spec{{.name = "PERSIST",
                                           .arity = 2,
                                           .flags = Flag::write | Flag::fast,
                                           .keys = one_key(KeyFlag::read_write | KeyFlag::update),
                                           .since = "2.2.0",
                                           .summary = "Takes the expiry off a key.",
                                           .complexity = "O(1)",
                                           .syntax = "key"}};
  Key key;

  void execute(DataContext& ctx) const {
    auto found = ctx.keyspace.find(key);
    const bool had_expiry = found && found.clear_expiry();
    if (had_expiry) ctx.notify(EventClass::generic, "persist", key);
    ctx.reply.integer(had_expiry ? 1 : 0);
  }
};

}  // namespace

std::span<const Spec<DataContext>> expiry_commands() {
  static const std::array list{command<Expire>(),     command<PExpire>(),     command<ExpireAt>(),
                               command<PExpireAt>(),  command<Ttl>(),         command<PTtl>(),
                               command<ExpireTime>(), command<PExpireTime>(), command<Persist>()};
  return list;
}

}  // namespace sluice::commands::keys
