#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace sluice::protocol {

// Splits an inline request (without its line end) at blanks and appends the words, as views into `line`, to `words`.
//
// A word may be quoted: "…" knows the escapes \n \r \t \b \a \xHH and takes any other character behind a backslash as
// itself; '…' knows \' only. Quotes may open inside a word but end it when they close. Escapes are resolved in place.
// False if a quote is left open or a closing one is not followed by a blank or the end; then `words` holds some of the
// words and `line` is spoilt.
[[nodiscard]] bool split_inline_words(std::span<char> line, std::vector<std::string_view>& words);

}  // namespace sluice::protocol
