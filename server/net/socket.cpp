#include "server/net/socket.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace sluice::net {

namespace {

using Status = Socket::Transfer::Status;

Socket::Transfer outcome_of(ssize_t count) {
  if (count >= 0) return {Status::done, static_cast<std::size_t>(count)};
  const bool is_blocked = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {is_blocked ? Status::blocked : Status::failed, 0};
}

}  // namespace

Socket::Transfer Socket::read_some(std::span<char> room) {
  const ssize_t count = ::recv(descriptor_, room.data(), room.size(), 0);
  if (count == 0) return {Status::closed, 0};
  return outcome_of(count);
}

Socket::Transfer Socket::write_some(std::span<const char> bytes) {
  return outcome_of(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

void Socket::shut_down_sending() {
  ::shutdown(descriptor_, SHUT_WR);
}

void Socket::shut_down() {
  ::shutdown(descriptor_, SHUT_RDWR);
}

bool Socket::has_undelivered_bytes() const {
  int unread = 0;
  int unacknowledged = 0;
  ::ioctl(descriptor_, FIONREAD, &unread);
  ::ioctl(descriptor_, SIOCOUTQ, &unacknowledged);
  // The closing of the sending side counts as one byte.
  return unread > 0 || unacknowledged > 1;
}

void Socket::close() {
  if (is_open()) ::close(std::exchange(descriptor_, -1));
}

}  // namespace sluice::net
