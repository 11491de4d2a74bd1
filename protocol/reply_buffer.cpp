#include "protocol/reply_buffer.hpp"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <new>
#include <tuple>

namespace sluice::protocol {

namespace {

constexpr std::size_t first_capacity = 512;

// Up to here the capacity doubles; from here on it grows by a quarter, so that a large reply wastes little.
constexpr std::size_t doubling_bytes_max = 4UL * 1024 * 1024;

std::size_t next_capacity(std::size_t capacity, std::size_t needed) {
  const std::size_t step = capacity < doubling_bytes_max ? capacity : capacity / 4;
  return std::max({first_capacity, capacity + step, needed});
}

// Whether somebody in the process freed memory for the caller, as operator new asks before it gives up.
bool is_memory_freed() {
  const std::new_handler handler = std::get_new_handler();
  if (handler == nullptr) return false;
  try {
    handler();
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

// Null, and `bytes` as they were, if there is no memory.
char* reallocate(char* bytes, std::size_t capacity) {
  for (;;) {
    void* const grown = std::realloc(bytes, capacity);
    if (grown != nullptr || !is_memory_freed()) return static_cast<char*>(grown);
  }
}

}  // namespace

void ReplyBuffer::Free::operator()(char* bytes) const {
  std::free(bytes);
}

bool ReplyBuffer::grow(std::size_t count) {
  if (has_overflowed_ || size_ > bytes_max_ || count > bytes_max_ - size_) return overflow();
  const std::size_t wanted = std::max(next_capacity(capacity_, size_ + count), std::exchange(next_first_capacity_, 0));
  const std::size_t capacity = std::min(wanted, bytes_max_);
  char* const grown = reallocate(bytes_.get(), capacity);
  if (grown == nullptr) return overflow();
  std::ignore = bytes_.release();
  bytes_.reset(grown);
  capacity_ = capacity;
  return true;
}

bool ReplyBuffer::overflow() {
  if (bytes_max_ == unbounded) throw std::bad_alloc();
  has_overflowed_ = true;
  return false;
}

void ReplyBuffer::insert(std::size_t position, std::string_view bytes) {
  assert(position <= size_);
  if (bytes.empty()) return;
  if (!make_room(bytes.size())) return;
  char* const gap = bytes_.get() + position;
  std::memmove(gap + bytes.size(), gap, size_ - position);
  std::memcpy(gap, bytes.data(), bytes.size());
  commit(bytes.size());
}

void ReplyBuffer::release_above(std::size_t bytes_max) {
  assert(empty());
  if (capacity_ <= bytes_max) return;
  bytes_.reset();
  capacity_ = 0;
  next_first_capacity_ = cleared_size_ + cleared_size_ / 8;
}

}  // namespace sluice::protocol
