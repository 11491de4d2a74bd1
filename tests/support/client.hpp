#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/reply_parser.hpp"
#include "tests/support/request.hpp"

namespace sluice::tests {

// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() { reset(); }

  int get() const { return value_; }
  void reset();

 private:
  int value_ = -1;
};

// What a test waits for has not come in time.
class Timeout : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Long enough for a sanitizer build on a busy machine; a test that reaches it has failed.
constexpr std::chrono::seconds patience{60};

// A blocking client that shows the tests the bare protocol: it sends any bytes, and reads replies of RESP2 and RESP3.
// All waiting is bounded by `patience`; then Timeout is thrown. Failures of the system calls throw std::system_error.
class Client {
 public:
  static Client connect_tcp(std::uint16_t port, const std::string& address = "127.0.0.1");
  static Client connect_unix(const std::string& path);

  // False if the server has closed the connection. Keeps taking in what the server sends meanwhile, so that neither
  // waits for the other.
  bool send(const Request& request) { return send_bytes(encode_request(request)); }
  bool send_bytes(std::string_view bytes);
  // Sends what the socket takes without waiting; the number of bytes, 0 if it takes none now. Nothing if the server has
  // closed the connection.
  std::optional<std::size_t> try_send(std::string_view bytes);

  // The next reply; nothing once the server has closed the connection. The part of a reply that had come by then is in
  // unread(). Throws std::runtime_error if the stream is no reply, Timeout if nothing comes for as long as `limit`.
  std::optional<protocol::Reply> read_reply(std::chrono::seconds limit = patience);
  // The next reply if it is here already.
  std::optional<protocol::Reply> try_read_reply();
  // send() and read_reply(); throws std::runtime_error if the connection is closed instead of a reply.
  protocol::Reply ask(const Request& request);
  // Reads up to the end of the stream, at most `bytes_max` bytes, and returns what came.
  std::string read_to_end(std::size_t bytes_max = std::string::npos);
  // Whether the server closes the connection before it sends anything more. Waits.
  bool is_closed_by_server();

  // Bytes received that belong to no reply read so far.
  std::string_view unread() const { return std::string_view(received_).substr(consumed_); }

  // Ends the sending direction only.
  void shut_down_sending();
  void close() { socket_.reset(); }
  int descriptor() const { return socket_.get(); }
  // The client's end of a TCP connection.
  std::uint16_t local_port() const;

 private:
  explicit Client(Descriptor socket) : socket_(std::move(socket)) {}

  void wait_for(short events, std::chrono::milliseconds limit = patience) const;
  bool is_readable() const;
  std::optional<protocol::Reply> take_parsed();
  bool receive();

  Descriptor socket_;
  std::string received_;
  std::size_t consumed_ = 0;  // of received_
};

}  // namespace sluice::tests
