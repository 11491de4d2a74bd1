#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace sluice::net {

// The bytes that a connection has received and not yet consumed, contiguous. Holds `usual_bytes` unless a request needs
// more, and gives that back once it has been consumed; nothing before the first request and after release().
class ReadBuffer {
 public:
  static constexpr std::size_t usual_bytes = 16UL * 1024;

  std::span<char> received() { return {bytes_.get() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  std::size_t capacity() const { return capacity_; }

  // Room behind what was received, never none: enough that received() can become `wanted_bytes` long, but not much more
  // than was received already, so that it takes more to occupy memory than to announce a large word. May move what was
  // received.
  std::span<char> prepare(std::size_t wanted_bytes);
  void commit(std::size_t count) { end_ += count; }
  void consume(std::size_t count);
  // Gives the memory back if nothing is in it.
  void release();

 private:
  void move_to(std::size_t new_capacity);

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace sluice::net
