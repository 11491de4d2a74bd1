#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <thread>

#include "server/net/asio_types.hpp"
#include "server/net/oneshot.hpp"
#include "server/net/shutdown_signal.hpp"

namespace sluice::net {

// Where a share of the connections lives: an io_context with what belongs to it, and the thread that runs it unless
// that is the manager's.
class IoThread {
 public:
  // On the manager's own io_context; no thread is started.
  explicit IoThread(boost::asio::io_context& shared)
      : context_(&shared), completions_(shared.get_executor(), CompletionQueue::Thread::shared_with_manager) {}

  // On an io_context and a thread of its own, which runs until stop().
  IoThread()
      : own_context_(std::in_place, 1),
        context_(&*own_context_),
        completions_(context_->get_executor(), CompletionQueue::Thread::own),
        work_(context_->get_executor()),
        thread_([this] { context_->run(); }) {}

  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  IoExecutor executor() { return context_->get_executor(); }
  CompletionQueue& completions() { return completions_; }
  ShutdownSignal& shutdown() { return shutdown_; }

  // Tells all connections here that the server shuts down. From any thread.
  void broadcast_shutdown(Urgency urgency) {
    boost::asio::post(*context_, [this, urgency] { shutdown_.trigger(urgency); });
  }

  // Ends the thread, if there is one, once nothing is left to do on it: requires that no connection is left.
  void join() {
    work_.reset();
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::optional<boost::asio::io_context> own_context_;
  boost::asio::io_context* context_;
  CompletionQueue completions_;
  ShutdownSignal shutdown_;
  std::optional<boost::asio::executor_work_guard<IoExecutor>> work_;
  std::jthread thread_;
};

}  // namespace sluice::net
