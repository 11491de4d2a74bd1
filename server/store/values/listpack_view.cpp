#include "server/store/values/listpack_view.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <vector>

namespace sluice::store {

static_assert(std::endian::native == std::endian::little, "listpacks are read and written as they lie in memory");

namespace {

constexpr unsigned char wide_text_mark = 0xf0;
constexpr unsigned char integer_16_mark = 0xf1;
constexpr unsigned char integer_24_mark = 0xf2;
constexpr unsigned char integer_32_mark = 0xf3;
constexpr unsigned char integer_64_mark = 0xf4;

// The number of `bits` bits whose pattern is `pattern`.
std::int64_t signed_of(std::uint32_t pattern, unsigned bits) {
  const std::uint32_t sign = std::uint32_t{1} << (bits - 1);
  return static_cast<std::int64_t>(pattern ^ sign) - static_cast<std::int64_t>(sign);
}

// Writes the low `count` bytes of `value`.
char* put_bytes(char* out, std::uint64_t value, std::size_t count) {
  std::memcpy(out, &value, count);
  return out + count;
}

char* put_back_length(char* out, std::size_t entry_bytes) {
  if (entry_bytes <= 127) {
    *out = static_cast<char>(entry_bytes);
    return out + 1;
  }
  const std::size_t width = back_length_bytes(entry_bytes);
  for (std::size_t place = 0; place < width; ++place) {
    const std::size_t septet = (entry_bytes >> (7 * (width - 1 - place))) & 0x7f;
    *out++ = static_cast<char>(place == 0 ? septet : septet | 0x80);
  }
  return out;
}

// How many bytes header and content of the element at the beginning of `bytes` have; nothing if it has no form that
// exists, or its header is cut off.
std::optional<std::size_t> entry_bytes_at(std::string_view bytes) {
  const auto byte = [&](std::size_t index) { return std::size_t{static_cast<unsigned char>(bytes[index])}; };
  const std::size_t first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc0) return 1 + (first & 0x3f);
  if (first < 0xe0) return 2;
  if (first < 0xf0) return bytes.size() < 2 ? std::nullopt : std::optional(2 + (((first & 0x0f) << 8) | byte(1)));
  switch (first) {
    case wide_text_mark:
      if (bytes.size() < 5) return std::nullopt;
      return 5 + (byte(1) | (byte(2) << 8) | (byte(3) << 16) | (byte(4) << 24));
    case integer_16_mark:
      return 3;
    case integer_24_mark:
      return 4;
    case integer_32_mark:
      return 5;
    case integer_64_mark:
      return 9;
    default:
      return std::nullopt;
  }
}

// The bytes of the whole element at the beginning of `bytes`; nothing if it does not lie within them or its two lengths
// disagree.
std::optional<std::size_t> valid_element_bytes(std::string_view bytes) {
  const std::optional<std::size_t> entry_bytes = entry_bytes_at(bytes);
  if (!entry_bytes) return std::nullopt;
  const std::size_t back_bytes = back_length_bytes(*entry_bytes);
  if (*entry_bytes + back_bytes > bytes.size()) return std::nullopt;
  std::array<char, 5> expected;
  put_back_length(expected.data(), *entry_bytes);
  if (bytes.substr(*entry_bytes, back_bytes) != std::string_view(expected.data(), back_bytes)) return std::nullopt;
  return *entry_bytes + back_bytes;
}

}  // namespace

// --- PackedText

void PackedText::set_integer(std::int64_t integer) {
  integer_ = integer;
  char* out = header_.data();
  const auto pattern = static_cast<std::uint64_t>(integer);
  const auto marked = [&](unsigned char mark, std::size_t count) {
    *out++ = static_cast<char>(mark);
    out = put_bytes(out, pattern, count);
  };
  if (integer >= 0 && integer <= 127) {
    *out++ = static_cast<char>(integer);
  } else if (integer >= -4096 && integer <= 4095) {
    *out++ = static_cast<char>(0xc0 | ((pattern >> 8) & 0x1f));
    *out++ = static_cast<char>(pattern & 0xff);
  } else if (integer >= INT16_MIN && integer <= INT16_MAX) {
    marked(integer_16_mark, 2);
  } else if (integer >= -(1 << 23) && integer < (1 << 23)) {
    marked(integer_24_mark, 3);
  } else if (integer >= INT32_MIN && integer <= INT32_MAX) {
    marked(integer_32_mark, 4);
  } else {
    marked(integer_64_mark, 8);
  }
  header_bytes_ = static_cast<std::uint8_t>(out - header_.data());
  entry_bytes_ = header_bytes_;
}

void PackedText::set_text_header() {
  const std::size_t size = text_.size();
  char* out = header_.data();
  if (size < 64) {
    *out++ = static_cast<char>(0x80 | size);
  } else if (size < 4096) {
    *out++ = static_cast<char>(0xe0 | (size >> 8));
    *out++ = static_cast<char>(size & 0xff);
  } else {
    *out++ = static_cast<char>(wide_text_mark);
    out = put_bytes(out, size, 4);
  }
  header_bytes_ = static_cast<std::uint8_t>(out - header_.data());
  entry_bytes_ = header_bytes_ + size;
}

char* PackedText::write(char* out) const {
  // Every entry has two bytes at least, and hardly any header has more.
  std::memcpy(out, header_.data(), 2);
  if (header_bytes_ > 2) std::memcpy(out, header_.data(), header_bytes_);
  out += header_bytes_;
  if (!integer_ && !text_.empty()) {
    std::memcpy(out, text_.data(), text_.size());
    out += text_.size();
  }
  return put_back_length(out, entry_bytes_);
}

// --- ListpackView

ListpackView::Iterator::Decoded ListpackView::Iterator::decode_wide(const char* at) {
  const auto first = static_cast<unsigned char>(at[0]);
  switch (first) {
    case wide_text_mark:
      return text(at, 5, load<std::uint32_t>(at + 1));
    case integer_16_mark:
      return {PackedElement(std::int64_t{load<std::int16_t>(at + 1)}), 3};
    case integer_24_mark: {
      std::uint32_t pattern = 0;
      std::memcpy(&pattern, at + 1, 3);
      return {PackedElement(signed_of(pattern, 24)), 4};
    }
    case integer_32_mark:
      return {PackedElement(std::int64_t{load<std::int32_t>(at + 1)}), 5};
    case integer_64_mark:
      return {PackedElement(load<std::int64_t>(at + 1)), 9};
    default: {
      const std::uint32_t pattern = ((first & 0x1fU) << 8) | static_cast<unsigned char>(at[1]);
      return {PackedElement(signed_of(pattern, 13)), 2};
    }
  }
}

// The length, of more than one byte, that ends at `end`.
std::size_t ListpackView::Iterator::wide_back_length(const char* end) {
  std::size_t entry_bytes = 0;
  std::size_t width = 0;
  unsigned char byte = 0;
  do {
    byte = static_cast<unsigned char>(*--end);
    entry_bytes |= std::size_t{byte & 0x7fU} << (7 * width++);
  } while ((byte & 0x80U) != 0);
  return entry_bytes;
}

bool ListpackView::is_valid(std::string_view bytes) {
  if (bytes.size() < empty_bytes || load<std::uint32_t>(bytes.data()) != bytes.size()) return false;
  if (static_cast<unsigned char>(bytes.back()) != end_mark) return false;
  const std::size_t stored_count = load<std::uint16_t>(bytes.data() + 4);
  std::string_view left = bytes.substr(header_bytes, bytes.size() - empty_bytes);
  std::size_t count = 0;
  for (; !left.empty(); ++count) {
    const std::optional<std::size_t> element_bytes = valid_element_bytes(left);
    if (!element_bytes) return false;
    left.remove_prefix(*element_bytes);
  }
  return stored_count == count_unknown || stored_count == count;
}

ListpackView::Iterator ListpackView::at(std::size_t index) const {
  const std::size_t count = size();
  if (index > count / 2) {
    Iterator element = end();
    for (std::size_t steps = count - index; steps > 0; --steps) --element;
    return element;
  }
  Iterator element = begin();
  for (std::size_t steps = index; steps > 0; --steps) ++element;
  return element;
}

ListpackView::Iterator ListpackView::find(const PackedText& text, Iterator from, std::size_t stride) const {
  const char* const last = end().at_;
  const char* at = from.at_;
  const std::string_view wanted = text.text();
  while (at != last) {
    const auto first = static_cast<unsigned char>(at[0]);
    // Nearly all are short texts.
    if (first >= 0x80 && first < 0xc0) {
      const std::size_t size = first & 0x3fU;
      if (size == wanted.size() && base::equal({at + 1, size}, wanted) && text.has_text()) break;
      at += size + 2;
    } else {
      if (text == Iterator::decode(at).element) break;
      at = Iterator::after(at);
    }
    for (std::size_t steps = stride; steps > 1; --steps) at = Iterator::after(at);
  }
  return Iterator(at);
}

std::size_t ListpackView::count_equal(const PackedText& text) const {
  std::size_t count = 0;
  for (Iterator element = begin(); element != end();) count += text == element.take() ? 1U : 0U;
  return count;
}

bool ListpackView::all_differ(std::size_t stride) const {
  std::vector<std::string> texts;
  const Iterator last = end();
  for (Iterator element = begin(); element != last;) {
    texts.push_back((*element).text());
    for (std::size_t steps = stride; steps > 0 && element != last; --steps) ++element;
  }
  std::ranges::sort(texts);
  return std::ranges::adjacent_find(texts) == texts.end();
}

std::size_t ListpackView::count_elements() const {
  std::size_t count = 0;
  for (Iterator element = begin(); element != end(); ++element) ++count;
  return count;
}

}  // namespace sluice::store
