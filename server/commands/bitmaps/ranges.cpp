#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "server/commands/bitmaps/counting.hpp"
#include "server/commands/bitmaps/register.hpp"
#include "server/commands/shared/string_values.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Bits of a string from one position to another.
namespace sluice::commands::bitmaps {

using namespace dispatch;
using store::Key;

namespace {

// Positions of bytes or bits, both included; negative ones count from the end.
struct PositionRange {
  std::int64_t start = 0;
  std::int64_t end = -1;
  bool has_end = false;
  bool is_of_bits = false;

  void read_unit(std::string_view word) {
    is_of_bits = base::equals_ignoring_case(word, "BIT");
    if (!is_of_bits && !base::equals_ignoring_case(word, "BYTE")) throw syntax_error();
  }

  // The bits of a string of `byte_count` bytes that it means; empty if it lies outside or ends before it begins.
  BitRange of(std::size_t byte_count) const {
    const auto unit_bits = static_cast<std::int64_t>(is_of_bits ? 1 : 8);
    const std::int64_t size = static_cast<std::int64_t>(byte_count) * 8 / unit_bits;
    const auto from_front = [size](std::int64_t position) {
      return std::max<std::int64_t>(position < 0 ? size + position : position, 0);
    };
    const std::int64_t first = from_front(start);
    const std::int64_t last = std::min(from_front(end), size - 1);
    if (first > last) return {};
    return {static_cast<std::uint64_t>(first * unit_bits), static_cast<std::uint64_t>((last + 1) * unit_bits)};
  }
};

// BITCOUNT key [start [end [BYTE | BIT]]]
struct BitCount {
  static constexpr Spec<DataContext> spec{{.name = "BITCOUNT",
                                           .arity = -2,
                                           .flags = Flag::readonly,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "2.6.0",
                                           .summary = "Counts the bits that are set in the string at a key.",
                                           .complexity = "O(N)",
                                           .syntax = "key [index: start end [index_unit: BYTE | BIT]]"}};
  Key key;
  PositionRange range;

  static BitCount parse(ArgReader& reader) {
    BitCount command{.key = reader.next_key()};
    if (reader.left() > 3) throw syntax_error();
    if (!reader.done()) command.range.start = reader.next_integer();
    if (!reader.done()) command.range.end = reader.next_integer();
    if (!reader.done()) command.range.read_unit(reader.next_word());
    return command;
  }

  void execute(DataContext& ctx) const {
    const std::string_view bytes = string_or_empty(read_string(ctx, key));
    const bool is_backwards = range.start < 0 && range.end < 0 && range.start > range.end;
    const std::uint64_t count = is_backwards ? 0 : count_ones(bytes, range.of(bytes.size()));
    ctx.reply.integer(static_cast<std::int64_t>(count));
  }
};

// BITPOS key bit [start [end [BYTE | BIT]]]
// Without an end the string is as if zeros followed it.
struct BitPos {
  static constexpr Spec<DataContext> spec{
      {.name = "BITPOS",
       .arity = -3,
       .flags = Flag::readonly,
       .keys = one_key(KeyFlag::read_only | KeyFlag::access),
       .since = "2.8.7",
       .summary = "Finds the first bit that is set, or that is clear, in the string at a key.",
       .complexity = "O(N)",
       .syntax = "key bit:integer [index: start [end_index: end [index_unit: BYTE | BIT]]]"}};
  Key key;
  bool wanted = false;
  PositionRange range;

  static BitPos parse(ArgReader& reader) {
    BitPos command{.key = reader.next_key()};
    const std::int64_t bit = reader.next_integer();
    if (bit != 0 && bit != 1) throw CommandError("ERR The bit argument must be 1 or 0.");
    command.wanted = bit == 1;
    if (reader.left() > 3) throw syntax_error();
    if (reader.done()) return command;
    command.range.start = reader.next_integer();
    const Words rest = reader.rest();
    if (rest.size() == 2) command.range.read_unit(rest[1]);
    if (!rest.empty()) command.read_end(rest[0]);
    return command;
  }

  void execute(DataContext& ctx) const {
    const auto found = read_string(ctx, key);
    // An absent key is as if zeros were there; an empty string has no bits.
    const std::int64_t position_when_absent = wanted ? -1 : 0;
    ctx.reply.integer(found ? find(found->string()) : position_when_absent);
  }

 private:
  void read_end(std::string_view word) {
    const auto end = base::parse_integer(word);
    if (!end) throw not_an_integer();
    range.end = *end;
    range.has_end = true;
  }

  std::int64_t find(std::string_view bytes) const {
    const BitRange bits = range.of(bytes.size());
    if (bits.first == bits.end) return -1;
    const std::uint64_t found = find_bit(bytes, bits, wanted);
    const bool is_none = found == bits.end && (wanted || range.has_end);
    return is_none ? -1 : static_cast<std::int64_t>(found);
  }
};

}  // namespace

std::span<const Spec<DataContext>> range_commands() {
  static const std::array list{command<BitCount>(), command<BitPos>()};
  return list;
}

}  // namespace sluice::commands::bitmaps
