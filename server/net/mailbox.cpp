#include "server/net/mailbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace sluice::net {

namespace {

int make_bell() {
  const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return descriptor;
}

}  // namespace

Mailbox::Mailbox(IoExecutor executor) : bell_(executor, make_bell()) {}

void Mailbox::connect(Readiness& readiness) {
  if (!readiness.watch(bell_.native_handle(), *this)) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void Mailbox::connect_to_context() {
  await_ring();
}

void Mailbox::send(Message message) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = messages_.empty();
    messages_.push_back(std::move(message));
  }
  if (was_empty) ring();
}

void Mailbox::ring() {
  const std::uint64_t one = 1;
  // The write fails only when the bell is ringing already.
  static_cast<void>(::write(bell_.native_handle(), &one, sizeof one));
}

void Mailbox::await_ring() {
  bell_.async_wait(decltype(bell_)::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    deliver();
    await_ring();
  });
}

// A message that comes while others are delivered rings again.
void Mailbox::deliver() {
  std::uint64_t rings = 0;
  static_cast<void>(::read(bell_.native_handle(), &rings, sizeof rings));
  std::vector<Message> delivered;
  {
    const std::lock_guard lock(mutex_);
    delivered.swap(messages_);
  }
  for (Message& message : delivered) message();
}

void Mailbox::on_ready(ReadyFor ready) {
  if (ready.reading) deliver();
}

}  // namespace sluice::net
