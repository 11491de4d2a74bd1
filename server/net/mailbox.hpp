#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <functional>
#include <mutex>
#include <vector>

#include "server/net/asio_types.hpp"
#include "server/net/readiness.hpp"

namespace sluice::net {

// The one way for other threads to have something done on the manager's thread: a message is a function, and runs there
// as soon as the thread gets to it, in the order of sending. With io-threads 1 no other thread may touch the manager's
// io_context at all, and the thread sleeps in Readiness; so a message rings at a descriptor, which both can watch.
//
// Belongs to the manager's thread, which constructs, connects and destroys it; send() may be called from any.
class Mailbox final : private Readiness::Listener {
 public:
  using Message = std::move_only_function<void()>;

  // Throws std::system_error if the system has no descriptor left.
  explicit Mailbox(IoExecutor executor);
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() = default;

  // Where messages are to be noticed: by the thread's Readiness, or by its io_context. Before that they wait.
  void connect(Readiness& readiness);
  void connect_to_context();

  void send(Message message);

 private:
  void ring();
  void await_ring();
  void deliver();
  void on_ready(ReadyFor ready) override;

  boost::asio::posix::basic_stream_descriptor<IoExecutor> bell_;  // an eventfd, readable while there are messages
  std::mutex mutex_;
  std::vector<Message> messages_;
};

}  // namespace sluice::net
