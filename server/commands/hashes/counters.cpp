#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "server/base/number_text.hpp"
#include "server/commands/hashes/register.hpp"
#include "server/commands/hashes/shared.hpp"
#include "server/commands/shared/float_text.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Fields of hashes that are numbers and are counted up and down. A field keeps its time.
namespace sluice::commands::hashes {

using namespace dispatch;
using store::Hash;
using store::HashValue;
using store::Key;
using store::OldTime;

namespace {

constexpr SpecFields counter_spec(std::string_view name, std::string_view since, std::string_view summary,
                                  std::string_view syntax) {
  return {.name = name,
          .arity = 4,
          .flags = Flag::write | Flag::deny_oom | Flag::fast,
          .keys = one_key(KeyFlag::read_write | KeyFlag::access | KeyFlag::update),
          .since = since,
          .summary = summary,
          .complexity = "O(1)",
          .syntax = syntax,
          .element_word = 2};
}

void put_number(DataContext& ctx, const Key& key, OpenHash& hash, std::string_view field, std::string_view text) {
  hash.edit_or_add(ctx, key, [&](Hash& edited) { edited.set(field, text, OldTime::keep, hash_limits(ctx)); });
}

// HINCRBY key field increment
struct HIncrBy {
  static constexpr Spec<DataContext> spec{
      counter_spec("HINCRBY", "2.0.0", "Adds to the integer in a field of a hash; an absent field counts as 0.",
                   "key field increment")};
  Key key;
  std::string_view field;
  std::int64_t increment = 0;

  void execute(DataContext& ctx) const {
    auto hash = open<Hash>(ctx, key);
    hash.drop_expired(Words(&field, 1));
    std::int64_t sum = present(find_field(hash, field));
    if (__builtin_add_overflow(sum, increment, &sum)) {
      throw CommandError("ERR increment or decrement would overflow");
    }
    std::array<char, base::integer_text_bytes_max> text;
    put_number(ctx, key, hash, field, {text.data(), base::write_integer(text.data(), sum)});
    notify_elements(ctx, EventClass::hash, "hincrby", key, Words(&field, 1));
    ctx.reply.integer(sum);
  }

 private:
  static std::int64_t present(const std::optional<HashValue>& found) {
    if (!found) return 0;
    if (found->value.is_integer()) return found->value.integer();
    const auto value = base::parse_integer(found->value.bytes());
    if (!value) throw CommandError("ERR hash value is not an integer");
    return *value;
  }
};

// HINCRBYFLOAT key field increment
// The reply is a string in RESP3, too: it is the exact text that is stored.
struct HIncrByFloat {
  static constexpr Spec<DataContext> spec{counter_spec(
      "HINCRBYFLOAT", "2.6.0", "Adds to the floating point number in a field of a hash; an absent field counts as 0.",
      "key field increment:double")};
  Key key;
  std::string_view field;
  std::string_view increment;

  void execute(DataContext& ctx) const {
    const auto addend = base::parse_float(increment);
    if (!addend) throw not_a_float();
    if (!std::isfinite(*addend)) throw CommandError("ERR value is NaN or Infinity");
    auto hash = open<Hash>(ctx, key);
    hash.drop_expired(Words(&field, 1));
    const auto found = find_field(hash, field);
    const bool has_time = found && found->time_ms;
    const long double sum = present(found) + *addend;
    if (!std::isfinite(sum)) throw CommandError("ERR increment would produce NaN or Infinity");
    FloatText buffer;
    const std::string_view text = buffer.write(sum);
    put_number(ctx, key, hash, field, text);
    notify_elements(ctx, EventClass::hash, "hincrbyfloat", key, Words(&field, 1));
    // Floating point may come out otherwise elsewhere.
    if (has_time) {
      ctx.effects.instead("HSETEX", key.bytes, "KEEPTTL", "FIELDS", 1, field, text);
    } else {
      ctx.effects.instead("HSET", key.bytes, field, text);
    }
    ctx.reply.bulk(text);
  }

 private:
  static long double present(const std::optional<HashValue>& found) {
    if (!found) return 0;
    if (found->value.is_integer()) return static_cast<long double>(found->value.integer());
    const auto value = base::parse_float(found->value.bytes());
    if (!value) throw CommandError("ERR hash value is not a float");
    return *value;
  }
};

}  // namespace

std::span<const Spec<DataContext>> counter_commands() {
  static const std::array list{command<HIncrBy>(), command<HIncrByFloat>()};
  return list;
}

}  // namespace sluice::commands::hashes
