#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sluice::base {

// ASCII only: command names, keywords and directives are not subject to locales.
constexpr char to_lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
}
constexpr char to_upper(char letter) {
  return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 32) : letter;
}
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

// `word` in double quotes, with what would not survive a line escaped.
std::string quote(std::string_view word);

constexpr bool equals_ignoring_case(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (std::size_t at = 0; at < left.size(); ++at) {
    if (to_lower(left[at]) != to_lower(right[at])) return false;
  }
  return true;
}

// left == right; without a call for 8 to 16 bytes, which most keys have.
inline bool equal(std::string_view left, std::string_view right) {
  constexpr std::size_t half = sizeof(std::uint64_t);
  const std::size_t size = left.size();
  if (size < half || size > 2 * half) return left == right;
  if (size != right.size()) return false;
  const auto word_at = [](std::string_view bytes, std::size_t at) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, half);
    return word;
  };
  return word_at(left, 0) == word_at(right, 0) && word_at(left, size - half) == word_at(right, size - half);
}

}  // namespace sluice::base
