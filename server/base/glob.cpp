#include "server/base/glob.hpp"

#include <algorithm>
#include <cstddef>

#include "server/base/text.hpp"

namespace sluice::base {

namespace {

// Compares as bytes, which is how ranges are meant.
class Comparison {
 public:
  explicit Comparison(LetterCase letter_case) : ignores_case_(letter_case == LetterCase::insensitive) {}
  unsigned char fold(char letter) const {
    return static_cast<unsigned char>(ignores_case_ ? to_lower(letter) : letter);
  }
  bool equal(char a, char b) const { return fold(a) == fold(b); }
  bool in_range(char letter, char from, char to) const {
    const auto [low, high] = std::minmax({fold(from), fold(to)});
    return low <= fold(letter) && fold(letter) <= high;
  }

 private:
  bool ignores_case_;
};

// The verdict of one element of a pattern ('?', a set, a plain or escaped character) on one character.
struct Match {
  bool matches;
  std::size_t length;  // of the element in the pattern
};

// `pattern` begins with '['.
Match match_set(std::string_view pattern, char letter, const Comparison& comparison) {
  std::size_t at = 1;
  const bool negated = at < pattern.size() && pattern[at] == '^';
  if (negated) ++at;
  bool found = false;
  while (at < pattern.size() && pattern[at] != ']') {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) {
      found |= comparison.equal(pattern[at + 1], letter);
      at += 2;
    } else if (at + 2 < pattern.size() && pattern[at + 1] == '-') {
      // Even a ']' ends a range here, not the set.
      found |= comparison.in_range(letter, pattern[at], pattern[at + 2]);
      at += 3;
    } else {
      found |= comparison.equal(pattern[at], letter);
      ++at;
    }
  }
  return {found != negated, std::min(at + 1, pattern.size())};
}

// `pattern` is not empty and does not begin with '*'.
Match match_element(std::string_view pattern, char letter, const Comparison& comparison) {
  switch (pattern.front()) {
    case '?':
      return {true, 1};
    case '[':
      return match_set(pattern, letter, comparison);
    case '\\':
      if (pattern.size() > 1) return {comparison.equal(pattern[1], letter), 2};
      [[fallthrough]];
    default:
      return {comparison.equal(pattern.front(), letter), 1};
  }
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text, LetterCase letter_case) {
  if (text.empty()) return pattern.empty();
  const Comparison comparison(letter_case);
  // Only the last star need ever be tried again: whatever an earlier one could take in, the last one can as well.
  bool has_star = false;
  std::string_view after_star;
  std::string_view retry_text;
  while (true) {
    if (!pattern.empty() && pattern.front() == '*') {
      pattern.remove_prefix(1);
      has_star = true;
      after_star = pattern;
      retry_text = text;
      if (pattern.empty()) return true;
      continue;
    }
    if (text.empty()) return pattern.empty();
    if (!pattern.empty()) {
      const auto [matches, length] = match_element(pattern, text.front(), comparison);
      if (matches) {
        pattern.remove_prefix(length);
        text.remove_prefix(1);
        continue;
      }
    }
    if (!has_star) return false;
    retry_text.remove_prefix(1);
    text = retry_text;
    pattern = after_star;
  }
}

}  // namespace sluice::base
