#pragma once

#include <string_view>

namespace sluice::base {

enum class LetterCase { sensitive, insensitive };

// Whether `text` matches `pattern` as in KEYS: '*', '?', [set], [^set], [a-z] and '\' before a character to be taken as
// it is. An unclosed set ends with the pattern. The empty text matches the empty pattern alone: "*" does not. A caller
// that takes "*" for everything has to check for it. Time is bounded by the product of both lengths: no pattern makes
// it exponential.
bool glob_matches(std::string_view pattern, std::string_view text, LetterCase letter_case = LetterCase::sensitive);

}  // namespace sluice::base
