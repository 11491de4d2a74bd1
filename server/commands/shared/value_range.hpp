#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sluice::commands {

// A part of a sequence.
struct ValueRange {
  std::size_t first = 0;
  std::size_t count = 0;
};

// What the indexes from `start` to `stop`, both included, mean in a sequence of `size` elements: negative ones count
// from its end, and what lies outside it is left out.
inline ValueRange range_within(std::size_t size, std::int64_t start, std::int64_t stop) {
  const auto length = static_cast<std::int64_t>(size);
  if (start < 0) start = start < -length ? 0 : start + length;
  if (stop < 0) stop = stop < -length ? -1 : stop + length;
  stop = std::min(stop, length - 1);
  if (start > stop) return {};
  return {static_cast<std::size_t>(start), static_cast<std::size_t>(stop - start + 1)};
}

}  // namespace sluice::commands
