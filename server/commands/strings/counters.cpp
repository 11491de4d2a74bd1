#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

#include "server/base/number_text.hpp"
#include "server/commands/shared/float_text.hpp"
#include "server/commands/strings/register.hpp"
#include "server/commands/strings/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Strings that are numbers and are counted up and down. The key keeps its expiry.
namespace sluice::commands::strings {

using namespace dispatch;
using store::Key;
using store::StringEncoding;
using Expiry = store::Keyspace::Expiry;

namespace {

constexpr KeySpecs counter_key = one_key(KeyFlag::read_write | KeyFlag::access | KeyFlag::update);

// Adds to the integer at `key`, 0 when there is none, and replies with the sum.
void add_integer(DataContext& ctx, const Key& key, std::int64_t increment) {
  std::int64_t sum = 0;
  const auto found = find_string(ctx, key);
  if (found) {
    const auto value = base::parse_integer(found->string());
    if (!value) throw not_an_integer();
    sum = *value;
  }
  if (__builtin_add_overflow(sum, increment, &sum)) {
    throw CommandError("ERR increment or decrement would overflow");
  }
  std::array<char, base::integer_text_bytes_max> text;
  const std::size_t size = base::write_integer(text.data(), sum);
  ctx.keyspace.put_string(found, key, {text.data(), size}, StringEncoding::integer, Expiry::keep);
  ctx.notify(EventClass::string, "incrby", key);
  ctx.reply.integer(sum);
}

constexpr SpecFields counter_spec(std::string_view name, int arity, std::string_view syntax, std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = Flag::write | Flag::deny_oom | Flag::fast,
          .keys = counter_key,
          .since = "1.0.0",
          .summary = summary,
          .complexity = "O(1)",
          .syntax = syntax};
}

// INCR key
struct Incr {
  static constexpr Spec<DataContext> spec{
      counter_spec("INCR", 2, "key", "Adds one to the integer at a key; an absent key counts as 0.")};
  Key key;

  void execute(DataContext& ctx) const { add_integer(ctx, key, 1); }
};

// DECR key
struct Decr {
  static constexpr Spec<DataContext> spec{
      counter_spec("DECR", 2, "key", "Subtracts one from the integer at a key; an absent key counts as 0.")};
  Key key;

  void execute(DataContext& ctx) const { add_integer(ctx, key, -1); }
};

// INCRBY key increment
struct IncrBy {
  static constexpr Spec<DataContext> spec{
      counter_spec("INCRBY", 3, "key increment", "Adds to the integer at a key; an absent key counts as 0.")};
  Key key;
  std::int64_t increment = 0;

  void execute(DataContext& ctx) const { add_integer(ctx, key, increment); }
};

// DECRBY key decrement
// The smallest integer is refused, having no opposite.
struct DecrBy {
  static constexpr Spec<DataContext> spec{
      counter_spec("DECRBY", 3, "key decrement", "Subtracts from the integer at a key; an absent key counts as 0.")};
  Key key;
  std::int64_t decrement = 0;

  void execute(DataContext& ctx) const {
    if (decrement == std::numeric_limits<std::int64_t>::min()) throw CommandError("ERR decrement would overflow");
    add_integer(ctx, key, -decrement);
  }
};

long double float_of(std::string_view text) {
  const auto value = base::parse_float(text);
  if (!value) throw not_a_float();
  return *value;
}

// INCRBYFLOAT key increment
// The reply is a string in RESP3, too: it is the exact text that is stored.
struct IncrByFloat {
  static constexpr Spec<DataContext> spec{
      {.name = "INCRBYFLOAT",
       .arity = 3,
       .flags = Flag::write | Flag::deny_oom | Flag::fast,
       .keys = counter_key,
       .since = "2.6.0",
       .summary = "Adds to the floating point number at a key; an absent key counts as 0.",
       .complexity = "O(1)",
       .syntax = "key increment:double"}};
  Key key;
  std::string_view increment;

  void execute(DataContext& ctx) const {
    const auto found = find_string(ctx, key);
    const long double present = found ? float_of(found->string()) : 0;
    const long double sum = present + float_of(increment);
    if (!std::isfinite(sum)) throw CommandError("ERR increment would produce NaN or Infinity");
    FloatText buffer;
    const std::string_view text = buffer.write(sum);
    // Never the integer encoding, even when the text would suit it.
    const auto encoding = text.size() > store::embedded_bytes_max ? StringEncoding::raw : StringEncoding::embedded;
    ctx.keyspace.put_string(found, key, text, encoding, Expiry::keep);
    ctx.notify(EventClass::string, "incrbyfloat", key);
    // Floating point may come out otherwise elsewhere.
    ctx.effects.instead("SET", key.bytes, text, "KEEPTTL");
    ctx.reply.bulk(text);
  }
};

}  // namespace

std::span<const Spec<DataContext>> counter_commands() {
  static const std::array list{command<Incr>(), command<Decr>(), command<IncrBy>(), command<DecrBy>(),
                               command<IncrByFloat>()};
  return list;
}

}  // namespace sluice::commands::strings
