#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace sluice::store {

// What may lie together in one chunk of a list, and how small a list has to become before it is one listpack again.
struct ListLimits {
  std::size_t bytes_max = 8192;
  std::size_t count_max = std::numeric_limits<std::uint32_t>::max();
  std::size_t repacked_bytes_max = bytes_max / 2;
  std::size_t repacked_count_max = count_max / 2;

  bool allow(std::size_t bytes, std::size_t count) const { return bytes <= bytes_max && count <= count_max; }

  // From the setting list-max-listpack-size: elements if it is positive (and then 8 KiB at most), -1 … -5 for 4 … 64
  // KiB.
  static ListLimits of(std::int64_t setting) {
    if (setting < 0) {
      constexpr std::array<std::size_t, 5> byte_limits{4096, 8192, 16384, 32768, 65536};
      return {.bytes_max = byte_limits[static_cast<std::size_t>(std::min<std::int64_t>(-setting, 5) - 1)]};
    }
    const auto count = static_cast<std::size_t>(std::clamp<std::int64_t>(setting, 1, 32767));
    return {.count_max = count, .repacked_bytes_max = std::numeric_limits<std::size_t>::max()};
  }
};

}  // namespace sluice::store
