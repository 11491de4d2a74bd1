#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace sluice::store {

// The layouts of small collections, all of which RDB files have too.
enum class PackedForm : std::uint8_t {
  listpack,
  intset,          // of a set whose members are all integers
  timed_listpack,  // of a hash, some of whose fields have a time: triples of field, value and time, the earliest first
};

// The bytes of a small collection, read. Every layout begins with a header that tells its size.
struct PackedView {
  PackedForm form = PackedForm::listpack;
  const char* start = nullptr;

  std::size_t byte_count() const {
    constexpr std::size_t intset_header_bytes = 8;
    if (form != PackedForm::intset) return load(start);
    return intset_header_bytes + std::size_t{load(start)} * load(start + 4);  // the width of a member, and how many
  }
  std::string_view bytes() const { return {start, byte_count()}; }

 private:
  static std::uint32_t load(const char* from) {
    std::uint32_t number = 0;
    std::memcpy(&number, from, sizeof(number));
    return number;
  }
};

// A buffer of `capacity` bytes that holds packed bytes from its byte `front` on, where `start` points. Owned by
// nobody: kept where no object can lie. `start` is null while there is no buffer.
struct PackedParts {
  char* start = nullptr;
  std::uint32_t capacity = 0;
  std::uint32_t front = 0;

  char* buffer() const { return start - front; }
};

// The room that a buffer gets which has to hold `needed` bytes and is still growing: a quarter more, so that growing
// costs amortised linear time, but not beyond the next power of two. The limits of chunks are powers of two, and room
// beyond them would never be used.
std::size_t growing_size(std::size_t needed);
// A PackedParts with a buffer of the least size that holds a copy of `bytes`.
PackedParts copy_packed(std::string_view bytes);
// Makes `parts` a copy of `bytes` with room to grow at either end, in the present buffer if that is large enough.
// Leaves `parts` as it is if std::bad_alloc is thrown.
void copy_packed_to(PackedParts& parts, std::string_view bytes);
void free_packed(const PackedParts& parts);

// Whether elements of `value`, a collection, have times of their own. Only some types can have such elements.
template <class Value>
concept WithTimedElements = requires(const Value& value) { value.has_times(); };
template <class Value>
bool has_times(const Value& value) {
  if constexpr (WithTimedElements<Value>) {
    return value.has_times();
  } else {
    return false;
  }
}

// Owns a PackedParts.
class PackedBuffer {
 public:
  PackedBuffer() = default;
  PackedBuffer(PackedBuffer&& other) noexcept : parts_(other.release()) {}
  PackedBuffer& operator=(PackedBuffer&& other) noexcept {
    std::swap(parts_, other.parts_);
    return *this;
  }
  ~PackedBuffer() { free_packed(parts_); }

  PackedParts& parts() { return parts_; }
  const PackedParts& parts() const { return parts_; }
  PackedParts release() { return std::exchange(parts_, PackedParts{}); }
  // Takes `parts` over; frees what it had.
  void keep(const PackedParts& parts) { free_packed(std::exchange(parts_, parts)); }

 private:
  PackedParts parts_;
};

}  // namespace sluice::store
