#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "server/store/values/packed.hpp"

namespace sluice::store {

// A set of integers, read: in one run of bytes, in the layout that RDB files have. Callers with bytes of unknown origin
// ask is_valid() first; the other functions trust them.
//
//   width of a member: 2, 4 or 8 bytes (32 bits) | member count (32 bits) | members, ascending
//
// All integers are little-endian, and the members signed. The width may be more than the members need.
class IntsetView {
 public:
  static constexpr std::size_t header_bytes = 8;

  // The set that begins at `start`.
  explicit IntsetView(const char* start) : start_(start) {}

  // Whether `bytes` are a set of integers from the first to the last; total. Costs O(bytes).
  static bool is_valid(std::string_view bytes);

  const char* data() const { return start_; }
  std::size_t width() const { return load<std::uint32_t>(start_); }
  std::size_t size() const { return load<std::uint32_t>(start_ + sizeof(std::uint32_t)); }
  bool empty() const { return size() == 0; }
  std::size_t byte_count() const { return header_bytes + size() * width(); }
  std::string_view bytes() const { return {start_, byte_count()}; }

  std::int64_t at(std::size_t index) const { return member_at(start_, width(), index); }  // must be below size()
  bool contains(std::int64_t member) const;
  // How many members are less than `member`. O(log n).
  std::size_t count_below(std::int64_t member) const;
  // The same where at least `known` members are less. O(log d) if there are d more, so that members that come in order
  // are found in one walk over the set.
  std::size_t count_below(std::int64_t member, std::size_t known) const;

 private:
  friend class Intset;

  template <class T>
  static T load(const char* from) {
    T value;
    std::memcpy(&value, from, sizeof(value));
    return value;
  }
  template <class T>
  static T member_as(const char* start, std::size_t index) {
    return load<T>(start + header_bytes + index * sizeof(T));
  }
  static std::int64_t member_at(const char* start, std::size_t width, std::size_t index);
  template <class T>
  std::size_t count_below_as(std::int64_t member) const;

  const char* start_;
};

inline std::int64_t IntsetView::member_at(const char* start, std::size_t width, std::size_t index) {
  switch (width) {
    case 2:
      return member_as<std::int16_t>(start, index);
    case 4:
      return member_as<std::int32_t>(start, index);
    default:
      return member_as<std::int64_t>(start, index);
  }
}

// Owns a set of integers and changes it. Adding and removing cost O(bytes behind the member); a member that is wider
// than all others makes all of them wider, and they stay so.
//
// Where there is no memory, add() throws std::bad_alloc and has changed nothing; remove() never fails. All empty ones
// that were never filled share eight bytes, and have no buffer.
class Intset {
 public:
  // A set must not grow beyond this.
  static constexpr std::size_t size_max = std::size_t{1} << 27;

  Intset() = default;
  // Takes the buffer over; release() gives it away.
  explicit Intset(const PackedParts& parts) { buffer_.keep(parts); }
  PackedParts release() { return buffer_.release(); }
  Intset(Intset&&) noexcept = default;
  Intset& operator=(Intset&&) noexcept = default;
  ~Intset() = default;

  IntsetView view() const { return IntsetView(parts().start == nullptr ? empty_intset : parts().start); }
  std::size_t memory_bytes() const { return parts().capacity; }

  bool add(std::int64_t member);     // whether it was not there yet
  bool remove(std::int64_t member);  // whether it was there

 private:
  static const char empty_intset[IntsetView::header_bytes];

  const PackedParts& parts() const { return buffer_.parts(); }
  PackedParts& parts() { return buffer_.parts(); }
  void add_wider(std::int64_t member, std::size_t width);
  void make_room(std::size_t byte_count);
  void store_member(std::size_t width, std::size_t index, std::int64_t member);
  void store_header(std::size_t width, std::size_t size);
  void give_memory_back() noexcept;

  PackedBuffer buffer_;
};

}  // namespace sluice::store
