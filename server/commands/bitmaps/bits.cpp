#include "server/commands/bitmaps/bits.hpp"

#include <limits>

#include "server/base/number_text.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::bitmaps {

namespace {

std::uint64_t read_offset(const dispatch::DataContext& ctx, std::string_view word, std::int64_t unit_bits) {
  const auto number = base::parse_integer(word);
  const bool is_in_range = number && *number >= 0 && *number <= std::numeric_limits<std::int64_t>::max() / unit_bits &&
                           *number * unit_bits / 8 < ctx.settings.proto_max_bulk_len.get();
  if (!is_in_range) throw dispatch::CommandError("ERR bit offset is not an integer or out of range");
  return static_cast<std::uint64_t>(*number * unit_bits);
}

}  // namespace

std::uint64_t read_bit_offset(const dispatch::DataContext& ctx, std::string_view word) {
  return read_offset(ctx, word, 1);
}

std::uint64_t read_field_offset(const dispatch::DataContext& ctx, std::string_view word, unsigned field_bits) {
  return word.starts_with('#') ? read_offset(ctx, word.substr(1), field_bits) : read_offset(ctx, word, 1);
}

}  // namespace sluice::commands::bitmaps
