#include "server/net/read_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace sluice::net {

std::span<char> ReadBuffer::prepare(std::size_t wanted_bytes) {
  constexpr std::size_t announced_bytes_max = 1024UL * 1024;
  wanted_bytes = std::min(wanted_bytes, std::max(announced_bytes_max, size() * 2));
  const std::size_t needed = std::max({wanted_bytes, size() + 1, usual_bytes});
  if (needed > capacity_) {
    // Large words say their length in advance; anything else doubles, so that growing stays linear.
    move_to(wanted_bytes > capacity_ ? needed : std::max(needed, capacity_ * 2));
  } else if (begin_ + needed > capacity_ || end_ == capacity_) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, size());
    end_ -= begin_;
    begin_ = 0;
  }
  return {bytes_.get() + end_, capacity_ - end_};
}

void ReadBuffer::consume(std::size_t count) {
  begin_ += count;
  if (begin_ != end_) return;
  begin_ = end_ = 0;
  if (capacity_ > usual_bytes) release();
}

void ReadBuffer::release() {
  if (size() > 0) return;
  bytes_.reset();
  capacity_ = begin_ = end_ = 0;
}

void ReadBuffer::move_to(std::size_t new_capacity) {
  auto moved = std::make_unique_for_overwrite<char[]>(new_capacity);
  if (size() > 0) std::memcpy(moved.get(), bytes_.get() + begin_, size());
  end_ -= begin_;
  begin_ = 0;
  bytes_ = std::move(moved);
  capacity_ = new_capacity;
}

}  // namespace sluice::net
