#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <functional>
#include <utility>

#include "server/net/asio_types.hpp"

namespace sluice::net {

// One event that one coroutine waits for, again and again: the answer to the batch it has sent, say. Belongs to the
// waiting coroutine's thread.
class Oneshot {
 public:
  // Resumes the waiting coroutine inside this call, or remembers the event for the next wait().
  void fulfil() {
    if (waiter_) {
      wake();
    } else {
      is_fulfilled_ = true;
    }
  }

  // Resumes the waiting coroutine inside this call, if one waits; it has to look for itself why.
  void wake() {
    if (waiter_) std::exchange(waiter_, nullptr)();
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

}  // namespace sluice::net
