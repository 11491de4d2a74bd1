#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/number_text.hpp"
#include "server/commands/shared/expiry_option.hpp"
#include "server/commands/shared/float_text.hpp"
#include "server/commands/strings/register.hpp"
#include "server/commands/strings/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// A counter with bounds that starts its window of time itself: what rate limiters are made of.
namespace sluice::commands::strings {

using namespace dispatch;
using store::Key;
using store::Keyspace;
using store::StringEncoding;

namespace {

// Holds every sum and difference of integers of 64 bits.
__extension__ using Wide = __int128;

// What a counter has, and what it gets.
template <class Number>
struct Step {
  Number before;
  Number after;
  bool is_refused = false;  // beyond a bound: nothing changes
};

template <class Number>
struct Bounds {
  Number low;
  Number high;

  Step<Number> step(Number before, Number sum, bool saturates) const {
    if (sum >= low && sum <= high) return {before, sum};
    if (!saturates) return {before, before, true};
    return {before, std::clamp(sum, low, high)};
  }
};

// INCREX key [BYINT increment | BYFLOAT increment] [LBOUND low] [UBOUND high] [SATURATE]
//   [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] [ENX]
// Replies with the number and what was added. With ENX the time is for keys that have none.
struct IncrEx {
  static constexpr Spec<DataContext> spec{
      {.name = "INCREX",
       .arity = -2,
       .flags = Flag::write | Flag::deny_oom | Flag::fast,
       .keys = one_key(KeyFlag::read_write | KeyFlag::access | KeyFlag::update),
       .since = "8.8.0",
       .summary = "Adds to the number at a key, within bounds, and sets until when the key exists.",
       .complexity = "O(1)",
       .syntax =
           "key [increment: BYINT integer | BYFLOAT float:double] [LBOUND lower-bound] [UBOUND upper-bound] [SATURATE] "
           "[expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | "
           "PERSIST] "
           "[ENX]"}};
  Key key;
  std::optional<std::string_view> by_integer;
  std::optional<std::string_view> by_float;
  std::optional<std::string_view> low;
  std::optional<std::string_view> high;
  bool saturates = false;
  bool persists = false;
  bool only_without_expiry = false;
  ExpiryOption expiry;

  static IncrEx parse(ArgReader& reader) {
    IncrEx command{.key = reader.next_key()};
    while (!reader.done()) command.read_option(reader);
    if (command.by_integer && command.by_float) throw syntax_error();
    if (command.persists && (command.expiry.is_given() || command.only_without_expiry)) throw syntax_error();
    if (command.only_without_expiry && !command.expiry.is_given()) {
      throw CommandError("ERR ENX flag requires an expiration");
    }
    return command;
  }

  void execute(DataContext& ctx) const { by_float ? add_float(ctx) : add_integer(ctx); }

 private:
  void read_option(ArgReader& reader) {
    const auto take_once = [](bool& is_given) {
      if (is_given) throw syntax_error();
      is_given = true;
    };
    const auto read_once = [&reader](std::optional<std::string_view>& operand) {
      if (operand) throw syntax_error();
      operand = reader.next_word();
    };
    if (reader.take_keyword("BYINT")) return read_once(by_integer);
    if (reader.take_keyword("BYFLOAT")) return read_once(by_float);
    if (reader.take_keyword("LBOUND")) return read_once(low);
    if (reader.take_keyword("UBOUND")) return read_once(high);
    if (reader.take_keyword("SATURATE")) return take_once(saturates);
    if (reader.take_keyword("PERSIST")) return take_once(persists);
    if (reader.take_keyword("ENX")) return take_once(only_without_expiry);
    if (expiry.is_given() || !expiry.take(reader)) throw syntax_error();
  }

  static std::int64_t integer_of(std::string_view word, std::string_view name) {
    const auto number = base::parse_integer(word);
    if (!number) throw CommandError("ERR " + std::string(name) + " is not an integer or out of range");
    return *number;
  }
  static long double float_of(std::string_view word, std::string_view name) {
    const auto number = base::parse_float(word);
    if (!number) throw CommandError("ERR " + std::string(name) + " is not a valid float");
    return *number;
  }
  template <class Number>
  static Bounds<Number> checked(const Bounds<Number>& bounds) {
    if (bounds.low > bounds.high) throw CommandError("ERR LBOUND can't be greater than UBOUND");
    return bounds;
  }

  void add_integer(DataContext& ctx) const {
    using Limits = std::numeric_limits<std::int64_t>;
    const Wide increment = by_integer ? integer_of(*by_integer, "Increment") : 1;
    const auto bounds = checked(Bounds<Wide>{.low = low ? integer_of(*low, "LBOUND") : Limits::min(),
                                             .high = high ? integer_of(*high, "UBOUND") : Limits::max()});
    const auto at_ms = new_time(ctx);
    const auto found = find_string(ctx, key);
    const Wide before = found ? integer_of(found->string(), "value") : 0;
    const auto step = bounds.step(before, before + increment, saturates);
    const Wide added = step.after - step.before;
    if (added < Limits::min() || added > Limits::max()) {
      throw CommandError("ERR applied increment would overflow");
    }
    const auto after = static_cast<std::int64_t>(step.after);
    if (!step.is_refused) {
      std::array<char, base::integer_text_bytes_max> text;
      const std::size_t size = base::write_integer(text.data(), after);
      store(ctx, found, {text.data(), size}, StringEncoding::integer, "incrby", at_ms);
    }
    ctx.reply.array(2);
    ctx.reply.integer(after);
    ctx.reply.integer(static_cast<std::int64_t>(added));
  }

  void add_float(DataContext& ctx) const {
    using Limits = std::numeric_limits<long double>;
    const long double increment = float_of(*by_float, "Increment");
    if (std::isinf(increment)) throw CommandError("ERR BYFLOAT increment cannot be Infinity");
    const auto bounds = checked(Bounds<long double>{.low = low ? float_of(*low, "LBOUND") : Limits::lowest(),
                                                    .high = high ? float_of(*high, "UBOUND") : Limits::max()});
    const auto at_ms = new_time(ctx);
    const auto found = find_string(ctx, key);
    const long double before = found ? float_of(found->string(), "value") : 0;
    if (std::isinf(before)) throw CommandError("ERR value cannot be Infinity");
    const auto step = bounds.step(before, before + increment, saturates);
    const long double added = step.after - step.before;
    if (std::isinf(added)) throw CommandError("ERR applied increment would be Infinity");
    FloatText text;
    FloatText added_text;
    const std::string_view after = text.write(step.after);
    if (!step.is_refused) {
      const auto encoding = after.size() > store::embedded_bytes_max ? StringEncoding::raw : StringEncoding::embedded;
      store(ctx, found, after, encoding, "incrbyfloat", at_ms);
    }
    ctx.reply.array(2);
    ctx.reply.real_text(after);
    ctx.reply.real_text(added_text.write(added));
  }

  std::optional<std::int64_t> new_time(const DataContext& ctx) const {
    return expiry.is_given() ? std::optional(expiry.at_ms(ctx.clock, spec.name)) : std::nullopt;
  }

  // A time that has passed removes the key, or leaves it absent.
  void store(DataContext& ctx, const Keyspace::Found& found, std::string_view text, StringEncoding encoding,
             std::string_view event, std::optional<std::int64_t> at_ms) const {
    const bool had_expiry = found && found->expiry_ms();
    const bool sets_time = at_ms && !(only_without_expiry && had_expiry);
    if (sets_time && *at_ms <= ctx.clock.now_ms()) return remove(ctx, found);
    using Expiry = Keyspace::Expiry;
    ctx.keyspace.put_string(found, key, text, encoding,
                            sets_time  ? Expiry::at(*at_ms)
                            : persists ? Expiry::clear
                                       : Expiry::keep);
    ctx.notify(EventClass::string, event, key);
    if (sets_time) {
      ctx.notify(EventClass::generic, "expire", key);
      ctx.effects.instead("SET", key.bytes, text, "PXAT", *at_ms);
    } else if (persists) {
      if (had_expiry) ctx.notify(EventClass::generic, "persist", key);
      ctx.effects.instead("SET", key.bytes, text);
    } else {
      ctx.effects.instead("SET", key.bytes, text, "KEEPTTL");
    }
  }

  void remove(DataContext& ctx, Keyspace::Found found) const {
    if (!found) return;
    found.erase();
    ctx.notify(EventClass::generic, "del", key);
    ctx.effects.instead(ctx.settings.lazyfree_lazy_expire ? "UNLINK" : "DEL", key.bytes);
  }
};

}  // namespace

std::span<const Spec<DataContext>> bounded_counter_commands() {
  static const std::array list{command<IncrEx>()};
  return list;
}

}  // namespace sluice::commands::strings
