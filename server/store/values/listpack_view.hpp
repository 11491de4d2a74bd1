#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "server/store/values/packed_element.hpp"

namespace sluice::store {

// A listpack, read: a sequence of short byte strings and integers in one run of bytes, in the layout that RDB files
// have. Callers with bytes of unknown origin ask is_valid() first; the other functions trust them.
//
//   total bytes (32 bits) | element count (16 bits) | elements | 0xff          all integers are little-endian
//   element: header | content | length of header and content, to be read backwards (see back_length_bytes)
//
//   0xxxxxxx                     integer 0 … 127                10xxxxxx             up to 63 bytes
//   110xxxxx xxxxxxxx            integer of 13 bits, signed     1110xxxx xxxxxxxx    up to 4095 bytes
//   11110001 … 11110100          integer of 16, 24, 32, 64 bits 11110000 (32 bits)   any number of bytes
//
// A count of 65535 says that the elements have to be counted.
class ListpackView {
 public:
  static constexpr std::size_t header_bytes = 6;
  static constexpr std::size_t empty_bytes = header_bytes + 1;
  static constexpr std::size_t count_unknown = 0xffff;

  class Iterator;

  // The listpack that begins at `start`.
  explicit ListpackView(const char* start) : start_(start) {}

  // Whether `bytes` are a listpack from the first to the last; total. Costs O(bytes).
  static bool is_valid(std::string_view bytes);

  const char* data() const { return start_; }
  std::size_t byte_count() const { return load<std::uint32_t>(start_); }
  std::string_view bytes() const { return {start_, byte_count()}; }
  bool empty() const { return static_cast<unsigned char>(start_[header_bytes]) == end_mark; }
  // O(1) up to 65,534 elements, O(bytes) beyond.
  std::size_t size() const {
    const std::size_t count = stored_count();
    return count != count_unknown ? count : count_elements();
  }
  std::size_t stored_count() const { return load<std::uint16_t>(start_ + 4); }

  Iterator begin() const;
  Iterator end() const;
  // `index` must be at most size(), which gives end(). Walks from the nearer end.
  Iterator at(std::size_t index) const;
  // The first element equal to `text` among `from` and every `stride`-th behind it; end() if there is none.
  Iterator find(const PackedText& text, Iterator from, std::size_t stride) const;
  std::size_t count_equal(const PackedText& text) const;
  // Whether no two are equal of the first and every `stride`-th behind it. O(n log n).
  bool all_differ(std::size_t stride) const;
  // Where `element` stands, as Listpack's changes want it.
  std::size_t offset_of(Iterator element) const;
  Iterator at_offset(std::size_t offset) const;

 private:
  friend class Listpack;
  static constexpr unsigned char end_mark = 0xff;

  template <class T>
  static T load(const char* from) {
    T value;
    std::memcpy(&value, from, sizeof(value));
    return value;
  }
  std::size_t count_elements() const;

  const char* start_;
};

// Stands at an element, or behind the last one. Valid until the listpack is changed.
class ListpackView::Iterator {
 public:
  Iterator() = default;

  PackedElement operator*() const { return decode(at_).element; }
  Iterator& operator++() {
    at_ = after(at_);
    return *this;
  }
  Iterator& operator--();
  // The element here; moves on to the next one. Cheaper than one after the other.
  PackedElement take() {
    const Decoded here = decode(at_);
    skip(here.entry_bytes);
    return here.element;
  }
  bool operator==(const Iterator&) const = default;

 private:
  friend class ListpackView;
  friend class Listpack;

  struct Decoded {
    PackedElement element;
    std::size_t entry_bytes;  // header and content
  };

  explicit Iterator(const char* at) : at_(at) {}

  static Decoded decode(const char* at);
  static const char* after(const char* at);
  static Decoded decode_wide(const char* at);
  static std::size_t wide_back_length(const char* end);
  static Decoded text(const char* at, std::size_t skipped_bytes, std::size_t size) {
    return {PackedElement(std::string_view(at + skipped_bytes, size)), skipped_bytes + size};
  }
  void skip(std::size_t entry_bytes) { at_ += entry_bytes + back_length_bytes(entry_bytes); }

  const char* at_ = nullptr;
};

inline ListpackView::Iterator::Decoded ListpackView::Iterator::decode(const char* at) {
  const auto first = static_cast<unsigned char>(at[0]);
  if (first < 0x80) return {PackedElement(std::int64_t{first}), 1};
  if (first < 0xc0) return text(at, 1, first & 0x3fU);
  if ((first & 0xf0U) == 0xe0) return text(at, 2, ((first & 0x0fU) << 8) | static_cast<unsigned char>(at[1]));
  return decode_wide(at);
}

// By the first byte of an element: how many bytes it has in all, or 0 where more bytes tell that.
inline constexpr auto listpack_element_bytes = [] {
  std::array<std::uint8_t, 256> bytes{};
  for (std::size_t first = 0; first < 0x80; ++first) bytes[first] = 2;
  for (std::size_t first = 0x80; first < 0xc0; ++first) bytes[first] = static_cast<std::uint8_t>(first - 0x80 + 2);
  for (std::size_t first = 0xc0; first < 0xe0; ++first) bytes[first] = 3;
  bytes[0xf1] = 4;
  bytes[0xf2] = 5;
  bytes[0xf3] = 6;
  bytes[0xf4] = 10;
  return bytes;
}();

// The element behind the one at `at`.
inline const char* ListpackView::Iterator::after(const char* at) {
  const auto first = static_cast<unsigned char>(at[0]);
  // Nearly all are short texts, for which the processor goes on without waiting for the table.
  if (first >= 0x80 && first < 0xc0) return at + (first & 0x3fU) + 2;
  const std::size_t bytes = listpack_element_bytes[first];
  if (bytes != 0) [[likely]]
    return at + bytes;
  const std::size_t entry_bytes = decode(at).entry_bytes;
  return at + entry_bytes + back_length_bytes(entry_bytes);
}

inline ListpackView::Iterator& ListpackView::Iterator::operator--() {
  const auto last = static_cast<unsigned char>(at_[-1]);
  const std::size_t entry_bytes = last < 0x80 ? last : wide_back_length(at_);
  at_ -= entry_bytes + back_length_bytes(entry_bytes);
  return *this;
}

inline ListpackView::Iterator ListpackView::begin() const {
  return Iterator(start_ + header_bytes);
}
inline ListpackView::Iterator ListpackView::end() const {
  return Iterator(start_ + byte_count() - 1);
}
inline std::size_t ListpackView::offset_of(Iterator element) const {
  return static_cast<std::size_t>(element.at_ - start_);
}
inline ListpackView::Iterator ListpackView::at_offset(std::size_t offset) const {
  return Iterator(start_ + offset);
}

}  // namespace sluice::store
