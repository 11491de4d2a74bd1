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

// What an error line repeats of a word that a client sent: no more than `bytes_max` bytes, and nothing from a zero byte
// on.
constexpr std::string_view excerpt(std::string_view word, std::size_t bytes_max = 128) {
  word = word.substr(0, bytes_max);
  return word.substr(0, word.find('\0'));
}

// `word` in double quotes, with what would not survive a line escaped.
std::string quote(std::string_view word);

constexpr bool equals_ignoring_case(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (std::size_t at = 0; at < left.size(); ++at) {
    if (to_lower(left[at]) != to_lower(right[at])) return false;
  }
  return true;
}

// Whether the first and the last bytes of two texts are equal, as many as a Word has; they must have so many.
template <class Word>
bool equal_ends(const char* left, const char* right, std::size_t size) {
  const auto word_at = [](const char* bytes) {
    Word word;
    std::memcpy(&word, bytes, sizeof(word));
    return word;
  };
  const std::size_t last = size - sizeof(Word);
  return word_at(left) == word_at(right) && word_at(left + last) == word_at(right + last);
}

// left == right; without a call for 4 to 16 bytes, which most keys have.
inline bool equal(std::string_view left, std::string_view right) {
  const std::size_t size = left.size();
  if (size != right.size()) return false;
  if (size < 4 || size > 16) return left == right;
  return size < 8 ? equal_ends<std::uint32_t>(left.data(), right.data(), size)
                  : equal_ends<std::uint64_t>(left.data(), right.data(), size);
}

}  // namespace sluice::base
