#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::commands::bitmaps {

// How the bits of several strings become those of one. `first` is a bit of the first string, `others` are the bits of
// the others there.
enum class Combination : std::uint8_t {
  all,              // AND
  any,              // OR
  odd,              // XOR: an odd number of them
  inverse,          // NOT: of the one string that there is
  first_alone,      // DIFF: first, and none of the others
  others_alone,     // DIFF1: any of the others, and not first
  first_and_other,  // ANDOR: first, and any of the others
  exactly_one,      // ONE
};

// Writes the combination of `sources`, of which there is at least one, into `result`, which is as long as the longest
// of them. Shorter ones are as if zeros followed. Runs at the speed of memory: every source is read once, and `result`
// is written once.
void combine(Combination combination, std::span<const std::string_view> sources, std::span<char> result);

}  // namespace sluice::commands::bitmaps
