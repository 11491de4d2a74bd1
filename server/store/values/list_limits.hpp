#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace sluice::store {

// The limits of one chunk of a list, and how small a list has to become before it is one listpack again.
struct ListLimits {
  static constexpr std::size_t count_unlimited = std::numeric_limits<std::uint32_t>::max();

  std::size_t bytes_max = 8192;
  std::size_t count_max = count_unlimited;

  bool allow(std::size_t bytes, std::size_t count) const { return bytes <= bytes_max && count <= count_max; }
  bool allow_repacking(std::size_t bytes, std::size_t count) const {
    return count_max == count_unlimited ? bytes <= bytes_max / 2 : count <= count_max / 2;
  }

  // From the setting list-max-listpack-size: elements if it is positive (and then 8 KiB at most), -1 … -5 for 4 … 64
  // KiB.
  static ListLimits of(std::int64_t setting) {
    if (setting < 0) return {.bytes_max = std::size_t{2048} << std::min<std::int64_t>(-setting, 5)};
    return {.count_max = static_cast<std::size_t>(std::clamp<std::int64_t>(setting, 1, 32767))};
  }
};

}  // namespace sluice::store
