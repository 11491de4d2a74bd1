#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace sluice::protocol {

// A growing run of bytes to be sent. Growing does not initialise the new bytes; clearing keeps the memory, so that a
// buffer which is filled and sent again and again allocates only while it still grows.
class ReplyBuffer {
 public:
  ReplyBuffer() = default;

  // What was moved from is empty and may be filled again.
  ReplyBuffer(ReplyBuffer&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  ReplyBuffer& operator=(ReplyBuffer&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t capacity() const { return capacity_; }
  const char* data() const { return bytes_.get(); }
  std::string_view view() const { return {bytes_.get(), size_}; }

  // At least `count` writable bytes behind the end. Valid until the next call that changes the buffer; they count only
  // after commit().
  char* prepare(std::size_t count) {
    if (capacity_ - size_ < count) [[unlikely]]
      grow(count);
    return bytes_.get() + size_;
  }
  void commit(std::size_t count) { size_ += count; }

  void append(std::string_view bytes) {
    if (bytes.empty()) return;  // memcpy must not see the null of an empty view
    std::memcpy(prepare(bytes.size()), bytes.data(), bytes.size());
    commit(bytes.size());
  }

  // Puts `bytes` before the byte at `position` (0 … size()). Costs a move of everything behind it.
  void insert(std::size_t position, std::string_view bytes);

  // Forgets everything behind the first `size` bytes.
  void truncate(std::size_t size) { size_ = size; }
  void clear() { cleared_size_ = std::exchange(size_, 0); }

  // Gives the memory back if more than `bytes_max` of it is held; the buffer must be empty. Filled again, it will take
  // at once an eighth more than it last held, as not all that is prepared is committed.
  void release_above(std::size_t bytes_max);

 private:
  void grow(std::size_t count);

  struct Free {
    void operator()(char* bytes) const;
  };
  std::unique_ptr<char, Free> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::size_t cleared_size_ = 0;         // how much it held when it was cleared
  std::size_t next_first_capacity_ = 0;  // at least what it takes after the memory was given back
};

}  // namespace sluice::protocol
