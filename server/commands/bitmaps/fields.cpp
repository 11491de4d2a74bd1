#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "server/base/number_text.hpp"
#include "server/base/text.hpp"
#include "server/commands/bitmaps/bits.hpp"
#include "server/commands/bitmaps/register.hpp"
#include "server/commands/shared/string_values.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Integers of any width among the bits of a string.
namespace sluice::commands::bitmaps {

using namespace dispatch;
using store::Key;

namespace {

// Holds every result of adding two integers of 64 bits.
__extension__ using Wide = __int128;

// u1 … u63, i1 … i64.
struct FieldType {
  unsigned bits = 0;
  bool is_signed = false;

  static FieldType read(std::string_view word) {
    const bool is_signed = word.starts_with('i');
    const auto bits = word.empty() ? std::nullopt : base::parse_integer(word.substr(1));
    const bool is_letter = is_signed || word.starts_with('u');
    if (!is_letter || !bits || *bits < 1 || *bits > (is_signed ? 64 : 63)) {
      throw CommandError(
          "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.");
    }
    return {static_cast<unsigned>(*bits), is_signed};
  }

  Wide lowest() const { return is_signed ? -(Wide{1} << (bits - 1)) : 0; }
  Wide highest() const { return (Wide{1} << (is_signed ? bits - 1 : bits)) - 1; }
  // The number that the lowest bits of `number` stand for.
  Wide wrap(Wide number) const {
    const Wide kept = number & ((Wide{1} << bits) - 1);
    return kept > highest() ? kept - (Wide{1} << bits) : kept;
  }
};

// What becomes of a number that a field cannot hold.
enum class Overflow : std::uint8_t { wraps, saturates, fails };

enum class Action : std::uint8_t { get, set, add };

struct FieldStep {
  Action action = Action::get;
  FieldType type;
  std::uint64_t offset = 0;
  std::int64_t operand = 0;
  Overflow overflow = Overflow::wraps;

  std::size_t byte_count() const { return static_cast<std::size_t>((offset + type.bits + 7) / 8); }
};

bool is_get(const FieldStep& step) {
  return step.action == Action::get;
}

// The field's number; bits beyond the end of the string are 0.
Wide read_field(std::string_view bytes, const FieldStep& step) {
  Wide number = 0;
  for (std::uint64_t bit = step.offset; bit < step.offset + step.type.bits; ++bit) {
    number = number << 1 | (bit / 8 < bytes.size() && bit_at(bytes, bit) ? 1 : 0);
  }
  return step.type.wrap(number);
}

void write_field(std::span<char> bytes, const FieldStep& step, Wide number) {
  for (unsigned bit = 0; bit < step.type.bits; ++bit) {
    set_bit(bytes, step.offset + bit, (number >> (step.type.bits - 1 - bit) & 1) != 0);
  }
}

// The number that the step puts into a field that holds `before`; nothing if it fails.
std::optional<Wide> next_number(const FieldStep& step, Wide before) {
  Wide number = step.operand;
  if (step.action == Action::add) {
    number += before;
  } else if (!step.type.is_signed) {
    // Redis takes what is to be set for unsigned: -1 is too large, not too small.
    number = static_cast<std::uint64_t>(step.operand);
  }
  if (number >= step.type.lowest() && number <= step.type.highest()) return number;
  if (step.overflow == Overflow::fails) return std::nullopt;
  if (step.overflow == Overflow::wraps) return step.type.wrap(number);
  return number < step.type.lowest() ? step.type.lowest() : step.type.highest();
}

Overflow read_overflow(std::string_view word) {
  if (base::equals_ignoring_case(word, "WRAP")) return Overflow::wraps;
  if (base::equals_ignoring_case(word, "SAT")) return Overflow::saturates;
  if (base::equals_ignoring_case(word, "FAIL")) return Overflow::fails;
  throw CommandError("ERR Invalid OVERFLOW type specified");
}

// The steps that the words behind the key ask for.
class StepReader {
 public:
  StepReader(const DataContext& ctx, Words words, bool only_reads)
      : ctx_(ctx), words_(words), only_reads_(only_reads) {}

  std::vector<FieldStep> read() {
    std::vector<FieldStep> steps;
    Overflow overflow = Overflow::wraps;
    while (!words_.empty()) {
      if (takes("OVERFLOW", 2)) {
        overflow = read_overflow(words_[1]);
        words_ = words_.subspan(2);
        continue;
      }
      steps.push_back(read_step(overflow));
    }
    if (only_reads_ && !std::ranges::all_of(steps, is_get)) {
      throw CommandError("ERR BITFIELD_RO only supports the GET subcommand");
    }
    return steps;
  }

 private:
  bool takes(std::string_view name, std::size_t word_count) const {
    return words_.size() >= word_count && base::equals_ignoring_case(words_[0], name);
  }

  FieldStep read_step(Overflow overflow) {
    FieldStep step{.overflow = overflow};
    if (takes("GET", 3)) {
      step.action = Action::get;
    } else if (takes("SET", 4)) {
      step.action = Action::set;
    } else if (takes("INCRBY", 4)) {
      step.action = Action::add;
    } else {
      throw syntax_error();
    }
    step.type = FieldType::read(words_[1]);
    step.offset = read_field_offset(ctx_, words_[2], step.type.bits);
    if (step.action != Action::get) {
      const auto operand = base::parse_integer(words_[3]);
      if (!operand) throw not_an_integer();
      step.operand = *operand;
    }
    words_ = words_.subspan(step.action == Action::get ? 3 : 4);
    return step;
  }

  const DataContext& ctx_;
  Words words_;
  bool only_reads_;
};

void reply_number(DataContext& ctx, Wide number) {
  ctx.reply.integer(static_cast<std::int64_t>(number));
}

void reply_fields(DataContext& ctx, const Key& key, std::span<const FieldStep> steps) {
  const std::string_view bytes = string_or_empty(read_string(ctx, key));
  ctx.reply.array(steps.size());
  for (const FieldStep& step : steps) reply_number(ctx, read_field(bytes, step));
}

KeyFlags key_flags_of_bitfield(Words request) {
  const Words steps = request.subspan(2);
  const bool only_reads = std::ranges::none_of(steps, [](std::string_view word) {
    return base::equals_ignoring_case(word, "SET") || base::equals_ignoring_case(word, "INCRBY");
  });
  return only_reads ? KeyFlag::read_only | KeyFlag::access : KeyFlag::read_write | KeyFlag::access | KeyFlag::update;
}

// BITFIELD key [GET type offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET type offset value | INCRBY type offset increment>
//   ...]
// A string that has to grow for a field that is written grows, also if no field changes in the end.
struct BitField {
  static constexpr Spec<DataContext> spec{
      {.name = "BITFIELD",
       .arity = -2,
       .flags = Flag::write | Flag::deny_oom,
       .keys = one_key(KeyFlag::read_write | KeyFlag::update | KeyFlag::access | KeyFlag::variable_flags),
       .since = "3.2.0",
       .summary = "Reads and changes integers of any width among the bits of a string.",
       .complexity = "O(1) for each integer",
       .syntax =
           "key [operation: <encoding_offset: GET <encoding offset>> | <write: [wrap_sat_fail: OVERFLOW <WRAP | SAT | "
           "FAIL>] <write_operation: <encoding_offset_value: SET <encoding offset value:integer>> | "
           "<encoding_offset_increment: INCRBY <encoding offset increment>>>> ...]",
       .key_flags_of = key_flags_of_bitfield}};
  Key key;
  Words words;

  static BitField parse(ArgReader& reader) {
    const Key key = reader.next_key();
    return {.key = key, .words = reader.rest()};
  }

  void execute(DataContext& ctx) const {
    const std::vector<FieldStep> steps = StepReader(ctx, words, false).read();
    if (std::ranges::all_of(steps, is_get)) return reply_fields(ctx, key, steps);
    const auto found = find_string(ctx, key);
    const std::string_view bytes = string_or_empty(found);
    std::size_t size = bytes.size();
    for (const FieldStep& step : steps) {
      if (!is_get(step)) size = std::max(size, step.byte_count());
    }
    std::vector<std::optional<Wide>> results(steps.size());
    bool is_changed = size > bytes.size();
    write_string(ctx, found, key, size, [&](std::span<char> written) {
      for (std::size_t number = 0; number < steps.size(); ++number) {
        results[number] = run(steps[number], written, is_changed);
      }
      return is_changed;
    });
    if (is_changed) ctx.notify(EventClass::string, "setbit", key);
    ctx.reply.array(results.size());
    for (const auto& result : results) result ? reply_number(ctx, *result) : ctx.reply.null();
  }

 private:
  static std::optional<Wide> run(const FieldStep& step, std::span<char> bytes, bool& is_changed) {
    const Wide before = read_field({bytes.data(), bytes.size()}, step);
    if (is_get(step)) return before;
    const std::optional<Wide> after = next_number(step, before);
    if (!after) return std::nullopt;
    is_changed = is_changed || *after != before;
    write_field(bytes, step, *after);
    return step.action == Action::set ? before : *after;
  }
};

// BITFIELD_RO key [GET type offset [GET type offset ...]]
struct BitFieldRo {
  static constexpr Spec<DataContext> spec{
      {.name = "BITFIELD_RO",
       .arity = -2,
       .flags = Flag::readonly | Flag::fast,
       .keys = one_key(KeyFlag::read_only | KeyFlag::access),
       .since = "6.0.0",
       .summary = "Reads integers of any width among the bits of a string.",
       .complexity = "O(1) for each integer",
       .syntax = "key [encoding_offset: GET encoding offset [GET encoding offset ...]]"}};
  Key key;
  Words words;

  static BitFieldRo parse(ArgReader& reader) {
    const Key key = reader.next_key();
    return {.key = key, .words = reader.rest()};
  }

  void execute(DataContext& ctx) const { reply_fields(ctx, key, StepReader(ctx, words, true).read()); }
};

}  // namespace

std::span<const Spec<DataContext>> field_commands() {
  static const std::array list{command<BitField>(), command<BitFieldRo>()};
  return list;
}

}  // namespace sluice::commands::bitmaps
