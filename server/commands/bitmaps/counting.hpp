#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// Counting and finding bits at the speed of memory.
namespace sluice::commands::bitmaps {

// Bits of a string, from `first` to before `end`, which must not be beyond the string's end.
struct BitRange {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

// How many bits of the range are 1.
std::uint64_t count_ones(std::string_view bytes, const BitRange& range);

// The offset of the first bit of the range that is `wanted`; its end if there is none.
std::uint64_t find_bit(std::string_view bytes, const BitRange& range, bool wanted);

}  // namespace sluice::commands::bitmaps
