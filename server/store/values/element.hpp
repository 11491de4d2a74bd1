#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string_view>

#include "server/base/memory.hpp"

namespace sluice::store {

template <bool has_value>
class Element;

struct ElementDeleter {
  template <bool has_value>
  void operator()(Element<has_value>* element) const;
};

// An element of a large set or hash in one allocation: the member, or a field and its value, and the time until which
// it exists, if there is one:
//
//   kind and key size (1 byte) | value size (1 byte, only of fields)
//   | time (8 bytes, only if it has one) | key size (8 bytes, only of long keys) | value size (8 bytes, only of long
//   values) | key | value
//
// The first byte has the key's size in its low six bits, and one bit each for a time and for a long key. A value size
// of 255 stands for a long value.
//
// An Element is never copied or moved as an object: its address is its identity. As with an Entry, the allocation has
// the size of its size class, which follows from the parts; a change is made in place exactly when the parts still
// belong to the same class.
template <bool has_value>
class Element {
 public:
  using Owned = std::unique_ptr<Element, ElementDeleter>;

  // A set's element has an empty value.
  static Owned create(std::string_view key, std::string_view value, std::optional<std::int64_t> time_ms) {
    const Layout layout{time_ms.has_value(), key.size(), value.size()};
    assert(has_value || value.empty());
    Owned element{new (::operator new(layout.allocated_bytes())) Element()};
    element->write_head(layout, time_ms);
    copy_bytes(element->bytes() + layout.key_offset(), key);
    copy_bytes(element->bytes() + layout.key_offset() + key.size(), value);
    return element;
  }

  Element(const Element&) = delete;
  Element& operator=(const Element&) = delete;
  ~Element() = default;

  std::string_view key() const {
    if ((head_ & long_key_bit) == 0) [[likely]]
      return {bytes() + front_bytes + time_bytes() + long_value_bytes(), head_ & short_key_max};
    const Layout here = layout();
    return {bytes() + here.key_offset(), here.key_size};
  }
  std::string_view value() const
    requires has_value
  {
    const Layout here = layout();
    return {bytes() + here.key_offset() + here.key_size, here.value_size};
  }
  bool has_time() const { return (head_ & time_bit) != 0; }
  std::optional<std::int64_t> time_ms() const {  // Unix time
    if (!has_time()) return std::nullopt;
    return load<std::int64_t>(front_bytes);
  }
  // An element with time t exists while the clock shows less than t.
  bool has_expired(std::int64_t now_ms) const { return has_time() && load<std::int64_t>(front_bytes) <= now_ms; }
  std::size_t memory_bytes() const { return layout().allocated_bytes(); }

  // Gives it another value and time, or only another time; false, and nothing has changed, if that takes another
  // allocation. `value` must not view into this element.
  bool assign_in_place(std::string_view value, std::optional<std::int64_t> time_ms)
    requires has_value
  {
    const Layout before = layout();
    const Layout after{time_ms.has_value(), before.key_size, value.size()};
    if (!rearrange(before, after, before.key_size, time_ms)) return false;
    copy_bytes(bytes() + after.key_offset() + after.key_size, value);
    return true;
  }
  bool set_time_in_place(std::optional<std::int64_t> time_ms) {
    const Layout before = layout();
    const Layout after{time_ms.has_value(), before.key_size, before.value_size};
    return rearrange(before, after, before.key_size + before.value_size, time_ms);
  }

 private:
  static constexpr std::size_t time_bit = 0x80;
  static constexpr std::size_t long_key_bit = 0x40;
  static constexpr std::size_t short_key_max = 0x3f;
  static constexpr std::size_t long_value_mark = 0xff;
  static constexpr std::size_t front_bytes = has_value ? 2 : 1;

  struct Layout {
    bool has_time;
    std::size_t key_size;
    std::size_t value_size;

    bool has_long_key() const { return key_size > short_key_max; }
    bool has_long_value() const { return has_value && value_size >= long_value_mark; }
    std::size_t key_offset() const {
      return front_bytes + (has_time ? 8U : 0U) + (has_long_key() ? 8U : 0U) + (has_long_value() ? 8U : 0U);
    }
    std::size_t allocated_bytes() const { return base::allocation_size(key_offset() + key_size + value_size); }
  };

  Element() = default;

  static void copy_bytes(char* to, std::string_view from) {
    if (!from.empty()) std::memcpy(to, from.data(), from.size());
  }
  char* bytes() { return reinterpret_cast<char*>(this); }
  const char* bytes() const { return reinterpret_cast<const char*>(this); }
  template <class Part>
  Part load(std::size_t offset) const {
    Part part;
    std::memcpy(&part, bytes() + offset, sizeof(part));
    return part;
  }
  template <class Part>
  void store(std::size_t offset, const Part& part) {
    std::memcpy(bytes() + offset, &part, sizeof(part));
  }

  std::size_t value_mark() const {
    if constexpr (!has_value) return 0;
    return load<std::uint8_t>(1);
  }
  std::size_t time_bytes() const { return has_time() ? 8 : 0; }
  std::size_t long_value_bytes() const { return value_mark() == long_value_mark ? 8 : 0; }

  Layout layout() const {
    std::size_t at = front_bytes + time_bytes();
    Layout here{has_time(), head_ & short_key_max, value_mark()};
    if ((head_ & long_key_bit) != 0) [[unlikely]] {
      here.key_size = load<std::uint64_t>(at);
      at += 8;
    }
    if (here.value_size == long_value_mark) here.value_size = load<std::uint64_t>(at);
    return here;
  }
  void write_head(const Layout& layout, std::optional<std::int64_t> time_ms) {
    const std::size_t short_size = layout.has_long_key() ? long_key_bit : layout.key_size;
    head_ = static_cast<std::uint8_t>(short_size | (layout.has_time ? time_bit : 0));
    if constexpr (has_value) {
      store(1, static_cast<std::uint8_t>(layout.has_long_value() ? long_value_mark : layout.value_size));
    }
    std::size_t at = front_bytes;
    const auto put = [&](auto part) {
      store(at, part);
      at += sizeof(part);
    };
    if (time_ms) put(*time_ms);
    if (layout.has_long_key()) put(std::uint64_t{layout.key_size});
    if (layout.has_long_value()) put(std::uint64_t{layout.value_size});
  }
  // Moves the first `kept_bytes` of key and value to where the new layout has them.
  bool rearrange(const Layout& before, const Layout& after, std::size_t kept_bytes,
                 std::optional<std::int64_t> time_ms) {
    if (after.allocated_bytes() != before.allocated_bytes()) return false;
    if (after.key_offset() != before.key_offset()) {
      std::memmove(bytes() + after.key_offset(), bytes() + before.key_offset(), kept_bytes);
    }
    write_head(after, time_ms);
    return true;
  }

  std::uint8_t head_ = 0;
};

template <bool has_value>
void ElementDeleter::operator()(Element<has_value>* element) const {
  const std::size_t bytes = element->memory_bytes();
  element->~Element();
  ::operator delete(static_cast<void*>(element), bytes);
}

}  // namespace sluice::store
