#include "server/base/text.hpp"

#include <algorithm>

namespace sluice::base {

std::string to_lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char letter) { return to_lower(letter); });
  return lower;
}

std::string to_upper(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](char letter) { return to_upper(letter); });
  return upper;
}

}  // namespace sluice::base
