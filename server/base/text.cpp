#include "server/base/text.hpp"

#include <algorithm>

namespace sluice::base {

namespace {

void append_escaped(std::string& out, char letter) {
  switch (letter) {
    case '\\':
    case '"':
      out += '\\';
      out += letter;
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\a':
      out += "\\a";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const bool is_printable = letter >= ' ' && letter <= '~';
  if (is_printable) {
    out += letter;
  } else {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(letter);
    out += "\\x";
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
}

}  // namespace

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

std::string quote(std::string_view word) {
  std::string quoted = "\"";
  for (const char letter : word) append_escaped(quoted, letter);
  return quoted + '"';
}

}  // namespace sluice::base
