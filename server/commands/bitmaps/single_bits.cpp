#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/commands/bitmaps/bits.hpp"
#include "server/commands/bitmaps/register.hpp"
#include "server/commands/shared/string_values.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// One bit of a string.
namespace sluice::commands::bitmaps {

using namespace dispatch;
using store::Key;

namespace {

bool read_bit_value(std::string_view word) {
  if (word != "0" && word != "1") throw CommandError("ERR bit is not an integer or out of range");
  return word == "1";
}

// SETBIT key offset value
// A bit that has that value already is no change, unless the string has to grow for it.
struct SetBit {
  static constexpr Spec<DataContext> spec{
      {.name = "SETBIT",
       .arity = 4,
       .flags = Flag::write | Flag::deny_oom,
       .keys = one_key(KeyFlag::read_write | KeyFlag::access | KeyFlag::update),
       .since = "2.2.0",
       .summary =
           "Sets or clears a bit of the string at a key, which grows as needed. Creates the key if it is absent.",
       .complexity = "O(1)",
       .syntax = "key offset value:integer"}};
  Key key;
  std::string_view offset;
  std::string_view value;

  void execute(DataContext& ctx) const {
    const std::uint64_t at = read_bit_offset(ctx, offset);
    const bool wanted = read_bit_value(value);
    const auto found = find_string(ctx, key);
    const std::string_view bytes = string_or_empty(found);
    const std::size_t size = std::max<std::size_t>(bytes.size(), at / 8 + 1);
    const bool is_grown = size > bytes.size();
    const bool before = !is_grown && bit_at(bytes, at);
    write_string(ctx, found, key, size, [&](std::span<char> written) {
      set_bit(written, at, wanted);
      return before != wanted;
    });
    if (is_grown || before != wanted) ctx.notify(EventClass::string, "setbit", key);
    ctx.reply.integer(before ? 1 : 0);
  }
};

// GETBIT key offset
struct GetBit {
  static constexpr Spec<DataContext> spec{{.name = "GETBIT",
                                           .arity = 3,
                                           .flags = Flag::readonly | Flag::fast,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "2.2.0",
                                           .summary = "Returns a bit of the string at a key.",
                                           .complexity = "O(1)",
                                           .syntax = "key offset"}};
  Key key;
  std::string_view offset;

  void execute(DataContext& ctx) const {
    const std::uint64_t at = read_bit_offset(ctx, offset);
    const std::string_view bytes = string_or_empty(read_string(ctx, key));
    ctx.reply.integer(at / 8 < bytes.size() && bit_at(bytes, at) ? 1 : 0);
  }
};

}  // namespace

std::span<const Spec<DataContext>> single_bit_commands() {
  static const std::array list{command<SetBit>(), command<GetBit>()};
  return list;
}

}  // namespace sluice::commands::bitmaps
