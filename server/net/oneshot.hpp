#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <utility>
#include <vector>

#include "server/net/asio_types.hpp"

namespace sluice::net {

// One event that one coroutine waits for, again and again: the answer to the batch it has sent. Belongs to the waiting
// coroutine's thread; other threads fulfil it through that thread's CompletionQueue.
class Oneshot {
 public:
  // Resumes the waiting coroutine inside this call, or remembers the event for the next wait().
  void fulfil() {
    if (waiter_) {
      std::exchange(waiter_, nullptr)();
    } else {
      is_fulfilled_ = true;
    }
  }

  bool take_fulfilled() { return std::exchange(is_fulfilled_, false); }

  // Awaitable. Requires that take_fulfilled() has just returned false.
  auto wait() {
    return boost::asio::async_initiate<const boost::asio::deferred_t&, void()>(
        [this](auto handler) { waiter_ = std::move(handler); }, boost::asio::deferred);
  }

 private:
  std::move_only_function<void()> waiter_;
  bool is_fulfilled_ = false;
};

// Carries the manager's answers to the connections of one I/O thread: at once when both share the thread, otherwise
// with one wake-up for all answers between two flushes.
class CompletionQueue {
 public:
  enum class Thread { shared_with_manager, own };
  CompletionQueue(IoExecutor executor, Thread thread) : executor_(executor), thread_(thread) {}

  // The manager's.
  void complete(Oneshot& oneshot) {
    if (thread_ == Thread::shared_with_manager) {
      oneshot.fulfil();
    } else {
      pending_.push_back(&oneshot);
    }
  }
  void flush() {
    if (pending_.empty()) return;
    boost::asio::post(executor_, [answered = std::exchange(pending_, {})] {
      for (Oneshot* oneshot : answered) oneshot->fulfil();
    });
  }

 private:
  IoExecutor executor_;
  Thread thread_;
  std::vector<Oneshot*> pending_;
};

}  // namespace sluice::net
