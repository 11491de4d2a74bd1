#include "tests/support/client.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace sluice::tests {

using protocol::Reply;
using protocol::ReplyParser;

namespace {

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

bool has_peer_gone() {
  return errno == ECONNRESET || errno == EPIPE;
}

template <class Address>
Descriptor connect_to(const Address& address) {
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  Descriptor socket(::socket(generic->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) throw_errno("socket");
  if (::connect(socket.get(), generic, sizeof address) != 0) throw_errno("connect");
  if (::fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0) throw_errno("fcntl");
  return socket;
}

Descriptor connect_to_ip(std::uint16_t port, const std::string& text) {
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) return connect_to(v6);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) != 1) throw std::invalid_argument(text + " is no IP address");
  return connect_to(v4);
}

}  // namespace

void Descriptor::reset() {
  if (value_ >= 0) ::close(std::exchange(value_, -1));
}

Client Client::connect_tcp(std::uint16_t port, const std::string& address) {
  Descriptor socket = connect_to_ip(port, address);
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return Client(std::move(socket));
}

Client Client::connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::invalid_argument(path + " is too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return Client(connect_to(address));
}

bool Client::send_bytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = try_send(bytes);
    if (!sent) return false;
    bytes.remove_prefix(*sent);
    if (*sent > 0) continue;
    wait_for(POLLIN | POLLOUT);
    if (is_readable() && !receive()) return false;
  }
  return true;
}

std::optional<std::size_t> Client::try_send(std::string_view bytes) {
  const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EAGAIN || errno == EINTR) return 0;
  if (has_peer_gone()) return std::nullopt;
  throw_errno("send");
}

std::optional<Reply> Client::read_reply(std::chrono::seconds limit) {
  while (true) {
    if (auto reply = take_parsed()) return reply;
    wait_for(POLLIN, limit);
    if (!receive()) return take_parsed();
  }
}

std::optional<Reply> Client::try_read_reply() {
  if (auto reply = take_parsed()) return reply;
  while (is_readable() && receive()) {
    if (auto reply = take_parsed()) return reply;
  }
  return std::nullopt;
}

Reply Client::ask(const Request& request) {
  if (send(request)) {
    if (auto reply = read_reply()) return std::move(*reply);
  }
  throw std::runtime_error("the server closed the connection instead of answering " + request.front());
}

std::string Client::read_to_end(std::size_t bytes_max) {
  do {
    if (unread().size() >= bytes_max) break;
    wait_for(POLLIN);
  } while (receive());
  const std::string read(unread().substr(0, bytes_max));
  consumed_ += read.size();
  return read;
}

bool Client::is_closed_by_server() {
  if (!unread().empty()) return false;
  wait_for(POLLIN);
  return !receive();
}

std::uint16_t Client::local_port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) throw_errno("getsockname");
  return ntohs(address.sin_port);
}

void Client::shut_down_sending() {
  if (::shutdown(socket_.get(), SHUT_WR) != 0) throw_errno("shutdown");
}

void Client::wait_for(short events, std::chrono::milliseconds limit) const {
  pollfd waiting{socket_.get(), events, 0};
  const int ready = ::poll(&waiting, 1, static_cast<int>(limit.count()));
  if (ready == 0) throw Timeout((events & POLLOUT) != 0 ? "the server reads nothing" : "no reply came");
  if (ready < 0 && errno != EINTR) throw_errno("poll");
}

bool Client::is_readable() const {
  pollfd waiting{socket_.get(), POLLIN, 0};
  return ::poll(&waiting, 1, 0) > 0;
}

std::optional<Reply> Client::take_parsed() {
  auto result = ReplyParser::parse(unread());
  if (result.status == ReplyParser::Status::error) {
    throw std::runtime_error("the server sent what is no reply: " + std::string(unread().substr(0, 100)));
  }
  if (result.status == ReplyParser::Status::incomplete) return std::nullopt;
  consumed_ += result.consumed;
  return std::move(result.reply);
}

// Reads what is there; false at the end of the stream.
bool Client::receive() {
  constexpr std::size_t chunk_bytes = 64UL * 1024;
  received_.erase(0, std::exchange(consumed_, 0));
  const std::size_t size = received_.size();
  received_.resize(size + chunk_bytes);
  const ssize_t count = ::recv(socket_.get(), received_.data() + size, chunk_bytes, 0);
  const int error = errno;
  received_.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  errno = error;
  if (count < 0 && errno != EAGAIN && errno != EINTR && !has_peer_gone()) throw_errno("recv");
  return count > 0 || (count < 0 && !has_peer_gone());
}

}  // namespace sluice::tests
