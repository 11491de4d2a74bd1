#pragma once

#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

namespace sluice::protocol {

// A growing run of bytes to be sent. Growing does not initialise the new bytes; clearing keeps the memory, so that a
// buffer which is filled and sent again and again allocates only while it still grows.
//
// It may be bounded. Having to grow beyond its bound, or finding no memory for that, it has overflowed: from then on it
// grows no more and whatever does not fit is left out, so that what it holds is of no use any more. Sizes that were
// taken before stay valid. Without a bound it throws std::bad_alloc when there is no memory.
class ReplyBuffer {
 public:
  ReplyBuffer() = default;

  // A buffer that was moved from is empty and may be filled again.
  ReplyBuffer(ReplyBuffer&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)),
        bytes_max_(other.bytes_max_),
        has_overflowed_(std::exchange(other.has_overflowed_, false)) {}
  ReplyBuffer& operator=(ReplyBuffer&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    bytes_max_ = other.bytes_max_;
    has_overflowed_ = std::exchange(other.has_overflowed_, false);
    return *this;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t capacity() const { return capacity_; }
  const char* data() const { return bytes_.get(); }
  std::string_view view() const { return {bytes_.get(), size_}; }

  // How many bytes the buffer may hold from now on. Room that it has already stays.
  void set_bytes_max(std::size_t bytes_max) { bytes_max_ = bytes_max; }
  bool has_overflowed() const { return has_overflowed_; }
  // Forgets the overflow. All that was appended since the buffer was known to be whole must have been truncated.
  void forget_overflow() { has_overflowed_ = false; }

  // Makes sure that `count` bytes can be written from end() on. False, with the buffer as it was, if it overflows: then
  // nothing must be written.
  [[nodiscard]] bool make_room(std::size_t count) {
    if (capacity_ - size_ < count) [[unlikely]]
      return grow(count);
    return true;
  }
  // Where to write. Valid until the next call that changes the buffer; what is written counts only after commit().
  char* end() { return bytes_.get() + size_; }
  void commit(std::size_t count) { size_ += count; }

  void append(std::string_view bytes) {
    if (bytes.empty()) return;  // memcpy must not see the null of an empty view
    if (!make_room(bytes.size())) return;
    std::memcpy(end(), bytes.data(), bytes.size());
    commit(bytes.size());
  }

  // Puts `bytes` before the byte at `position` (0 … size()). Costs a move of everything behind it.
  void insert(std::size_t position, std::string_view bytes);

  // Forgets everything behind the first `size` bytes.
  void truncate(std::size_t size) { size_ = size; }
  void clear() {
    cleared_size_ = std::exchange(size_, 0);
    has_overflowed_ = false;
  }

  // Gives the memory back if more than `bytes_max` of it is held; the buffer must be empty. Filled again, it will take
  // at once an eighth more than it last held, as not all that is prepared is committed.
  void release_above(std::size_t bytes_max);

 private:
  // No size comes near the end of what can be counted.
  static constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max() / 2;

  bool grow(std::size_t count);
  bool overflow();

  struct Free {
    void operator()(char* bytes) const;
  };
  std::unique_ptr<char, Free> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::size_t cleared_size_ = 0;         // how much it held when it was cleared
  std::size_t next_first_capacity_ = 0;  // at least what it takes after the memory was given back
  std::size_t bytes_max_ = unbounded;
  bool has_overflowed_ = false;
};

}  // namespace sluice::protocol
