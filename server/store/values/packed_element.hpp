#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/number_text.hpp"
#include "server/base/text.hpp"

// Single elements of listpacks: as they are read, and texts as they will be written.
namespace sluice::store {

// An element of a listpack: its bytes, or the integer whose decimal text it stands for. A view, valid as long as the
// listpack is not changed.
class PackedElement {
 public:
  explicit PackedElement(std::string_view bytes)
      : data_(bytes.data()), number_(static_cast<std::int64_t>(bytes.size())) {}
  explicit PackedElement(std::int64_t integer) : data_(nullptr), number_(integer) {}

  bool is_integer() const { return data_ == nullptr; }
  std::int64_t integer() const { return number_; }                                       // requires is_integer()
  std::string_view bytes() const { return {data_, static_cast<std::size_t>(number_)}; }  // requires !is_integer()

  std::string text() const { return is_integer() ? std::to_string(number_) : std::string(bytes()); }

 private:
  const char* data_;  // null: an integer; never null otherwise, for the bytes lie in a listpack
  std::int64_t number_;
};

// The text of an element without an allocation. Views into the element, or into itself.
class ElementText {
 public:
  explicit ElementText(const PackedElement& element) : element_(element) {
    if (element.is_integer()) size_ = base::write_integer(digits_.data(), element.integer());
  }
  ElementText(const ElementText&) = delete;
  ElementText& operator=(const ElementText&) = delete;
  ~ElementText() = default;

  std::string_view bytes() const {
    return element_.is_integer() ? std::string_view(digits_.data(), size_) : element_.bytes();
  }

 private:
  PackedElement element_;
  std::size_t size_ = 0;
  std::array<char, base::integer_text_bytes_max> digits_;
};

// How a listpack writes the length of an entry behind it, so that it can be walked backwards: seven bits a byte, the
// lowest last, and all but the first byte marked by their top bit.
constexpr std::size_t back_length_bytes(std::size_t entry_bytes) {
  // The longest length of each width is left to the next one; all who write the format have to agree on it.
  if (entry_bytes <= 127) return 1;
  if (entry_bytes < 16383) return 2;
  if (entry_bytes < 2097151) return 3;
  return entry_bytes < 268435455 ? 4 : 5;
}

// A text in the form in which a listpack keeps it: as an integer if it is the canonical decimal text of one of 64 bits,
// in the shortest form that there is. A view of the text. An element is looked for in this form, too.
class PackedText {
 public:
  static constexpr std::size_t text_bytes_max = std::size_t{1} << 30;

  // `text` may have at most text_bytes_max bytes.
  explicit PackedText(std::string_view text) { set_text(text); }
  explicit PackedText(std::int64_t integer) { set_integer(integer); }
  // Of an element of another listpack.
  explicit PackedText(const PackedElement& element) {
    element.is_integer() ? set_integer(element.integer()) : set_text(element.bytes());
  }

  std::size_t byte_count() const { return entry_bytes_ + back_length_bytes(entry_bytes_); }
  char* write(char* out) const;  // byte_count() bytes; returns their end

  bool operator==(const PackedElement& element) const {
    if (element.is_integer()) return integer_ == element.integer();
    return base::equal(element.bytes(), text_) && has_text();
  }
  // An integer that was made from the number has no text, which must not be taken for the empty one.
  bool has_text() const { return !integer_ || !text_.empty(); }
  std::string_view text() const { return text_; }

 private:
  void set_text(std::string_view text);
  void set_integer(std::int64_t integer);
  void set_text_header();

  std::string_view text_;  // of an integer: its text, or empty if it was made from the number
  std::optional<std::int64_t> integer_;
  std::array<char, 9> header_;  // all of an integer
  std::uint8_t header_bytes_ = 0;
  std::size_t entry_bytes_ = 0;
};

inline void PackedText::set_text(std::string_view text) {
  text_ = text;
  const bool may_be_integer = !text.empty() && text.size() <= base::integer_text_bytes_max &&
                              (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
  if (may_be_integer) integer_ = base::parse_integer(text);
  if (integer_) {
    set_integer(*integer_);
  } else {
    set_text_header();
  }
}

}  // namespace sluice::store
