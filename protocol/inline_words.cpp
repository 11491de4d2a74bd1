#include "protocol/inline_words.hpp"

#include <cstddef>
#include <optional>

namespace sluice::protocol {

namespace {

// Two blanks, vertical tab and form feed, separate words without being able to end an unquoted one; so it is in Redis.
bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool ends_plain_word(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// Reads the words of one line from front to back. What a word unescapes to is never longer than what was read for it,
// so that it can be written over the text it came from.
class InlineReader {
 public:
  explicit InlineReader(std::span<char> line) : next_(line.data()), end_(line.data() + line.size()) {}

  void skip_blanks() {
    while (!at_end() && is_blank(*next_)) ++next_;
  }
  bool at_end() const { return next_ == end_; }

  // The word at the reading position; nothing if its quotes are unbalanced.
  std::optional<std::string_view> take_word() {
    char* const start = next_;
    while (!at_end() && !ends_plain_word(*next_)) {
      if (*next_ == '"' || *next_ == '\'') {
        char* out = next_;
        const bool balanced = *next_ == '"' ? take_double_quoted(out) : take_single_quoted(out);
        if (!balanced) return std::nullopt;
        return std::string_view(start, out);
      }
      ++next_;
    }
    return std::string_view(start, next_);
  }

 private:
  // Both start at the opening quote and append what the quotes hold at `out`.
  bool take_double_quoted(char*& out) {
    ++next_;
    while (!at_end()) {
      const char c = *next_++;
      if (c == '"') return closes_well();
      *out++ = c == '\\' && !at_end() ? take_escape() : c;
    }
    return false;
  }

  bool take_single_quoted(char*& out) {
    ++next_;
    while (!at_end()) {
      const char c = *next_++;
      if (c == '\'') return closes_well();
      const bool escaped_quote = c == '\\' && !at_end() && *next_ == '\'';
      *out++ = escaped_quote ? *next_++ : c;
    }
    return false;
  }

  bool closes_well() const { return at_end() || is_blank(*next_); }

  // The characters behind a backslash.
  char take_escape() {
    const char c = *next_++;
    switch (c) {
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'b':
        return '\b';
      case 'a':
        return '\a';
      case 'x':
        return take_hex_byte().value_or(c);
      default:
        return c;
    }
  }

  // Two hexadecimal digits; takes nothing if they are not there.
  std::optional<char> take_hex_byte() {
    if (end_ - next_ < 2) return std::nullopt;
    const std::optional<int> high = hex_digit(next_[0]);
    const std::optional<int> low = hex_digit(next_[1]);
    if (!high || !low) return std::nullopt;
    next_ += 2;
    return static_cast<char>(*high * 16 + *low);
  }

  char* next_;
  char* end_;
};

}  // namespace

bool split_inline_words(std::span<char> line, std::vector<std::string_view>& words) {
  InlineReader reader(line);
  for (reader.skip_blanks(); !reader.at_end(); reader.skip_blanks()) {
    const std::optional<std::string_view> word = reader.take_word();
    if (!word) return false;
    words.push_back(*word);
  }
  return true;
}

}  // namespace sluice::protocol
