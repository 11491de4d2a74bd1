#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <utility>

namespace sluice::net {

// A connected stream socket in non-blocking mode; owns its descriptor. All of it returns at once.
class Socket {
 public:
  struct Transfer {
    enum class Status { done, blocked, closed, failed };
    Status status = Status::done;
    std::size_t count = 0;  // bytes moved; above 0 when done
  };

  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() { close(); }

  int descriptor() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }

  // `closed` once the peer has said that it sends nothing more and all it sent has been read.
  Transfer read_some(std::span<char> room);
  Transfer write_some(std::span<const char> bytes);

  // The peer reads to an end after what was written.
  void shut_down_sending();
  // Both directions end; what was written is still delivered.
  void shut_down();
  // Whether closing now could cost the peer something: unread input, which makes the kernel reset the connection, or
  // output that the peer has not acknowledged yet. Requires shut_down_sending().
  bool has_undelivered_bytes() const;
  void close();

 private:
  int descriptor_;
};

}  // namespace sluice::net
