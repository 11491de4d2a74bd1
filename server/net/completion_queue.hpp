#pragma once

#include <boost/asio/post.hpp>
#include <cstdint>
#include <utility>
#include <vector>

#include "server/net/asio_types.hpp"

namespace sluice::net {

// The messages of the manager to a connection. Called on the connection's thread.
class Answerable {
 public:
  virtual void on_answered() = 0;         // its batch is its own again
  virtual void on_pushed() = 0;           // its outbox has something
  virtual void on_resumed() = 0;          // the batch that had to wait may go on
  virtual void on_quiet() = 0;            // the connection has long had nothing to do
  virtual void on_close_requested() = 0;  // the connection has to end

 protected:
  ~Answerable() = default;
};

// Carries the manager's messages to the connections of one I/O thread, in order: with one wake-up for all between two
// flushes, or within flush() where both share the thread.
//
// A connection stays until the manager has answered its closing batch, after which the manager has nothing to tell it:
// so every message finds its connection alive.
class CompletionQueue {
 public:
  enum class Thread { shared_with_manager, own };
  using Message = void (Answerable::*)();

  CompletionQueue(IoExecutor executor, Thread thread) : executor_(executor), thread_(thread) {}

  // The manager's.
  void add(Answerable& connection, Message message) { pending_.push_back({&connection, message}); }
  void flush() {
    if (thread_ == Thread::own) {
      if (!pending_.empty()) boost::asio::post(executor_, [told = std::exchange(pending_, {})] { tell(told); });
      return;
    }
    // A receiver may cause further messages.
    while (!pending_.empty()) {
      delivered_.swap(pending_);
      tell(delivered_);
      delivered_.clear();
    }
  }

 private:
  struct Item {
    Answerable* connection = nullptr;
    Message message = nullptr;
  };
  static void tell(const std::vector<Item>& items) {
    for (const Item& item : items) (item.connection->*item.message)();
  }

  IoExecutor executor_;
  Thread thread_;
  std::vector<Item> pending_;
  std::vector<Item> delivered_;
};

}  // namespace sluice::net
