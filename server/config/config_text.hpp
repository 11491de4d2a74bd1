#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/text.hpp"

// The syntax of redis.conf: a directive a line, words separated by blanks, quoted as in inline requests; '#' starts a
// line that is a comment.
namespace sluice::config {

std::string_view trim(std::string_view line);

// `text` in lines, without their ends and the blanks around them; a line end that ends the text starts no further line.
std::vector<std::string_view> split_lines(std::string_view text);

// Whether a trimmed line says nothing to the server.
inline bool is_comment(std::string_view line) {
  return line.empty() || line.front() == '#';
}

// The words of a line, which may be none; nothing if its quotes are unbalanced.
std::optional<std::vector<std::string>> split_words(std::string_view line);

// The text that split_words() reads back.
using base::quote;

}  // namespace sluice::config
