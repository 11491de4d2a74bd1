#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <thread>

#include "server/net/asio_types.hpp"
#include "server/net/completion_queue.hpp"
#include "server/net/readiness.hpp"
#include "server/net/shutdown_signal.hpp"

namespace sluice::net {

// Where a share of the connections lives: an io_context with what belongs to it, and the thread that runs it unless
// that is the manager's.
class IoThread {
 public:
  // On the manager's own io_context; no thread is started.
  explicit IoThread(boost::asio::io_context& shared)
      : context_(&shared),
        completions_(shared.get_executor(), CompletionQueue::Thread::shared_with_manager),
        readiness_(shared.get_executor(), Readiness::Sleep::here) {}

  // On an io_context and a thread of its own, which runs until join(). The manager's answers come to it through Asio.
  IoThread()
      : own_context_(std::in_place, 1),
        context_(&*own_context_),
        completions_(context_->get_executor(), CompletionQueue::Thread::own),
        readiness_(context_->get_executor(), Readiness::Sleep::in_asio),
        thread_([this] { context_->run(); }) {}

  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  IoExecutor executor() { return context_->get_executor(); }
  CompletionQueue& completions() { return completions_; }
  Readiness& readiness() { return readiness_; }
  ShutdownSignal& shutdown() { return shutdown_; }

  // Tells all connections here that the server shuts down. From any thread.
  void broadcast_shutdown(Urgency urgency) {
    boost::asio::post(*context_, [this, urgency] { shutdown_.trigger(urgency); });
  }

  // Ends the thread, if there is one. Requires that no connection is left.
  void join() {
    if (!thread_.joinable()) return;
    context_->stop();
    thread_.join();
  }

 private:
  std::optional<boost::asio::io_context> own_context_;
  boost::asio::io_context* context_;
  CompletionQueue completions_;
  Readiness readiness_;  // never done waiting, so that the context has always something to do
  ShutdownSignal shutdown_;
  std::jthread thread_;
};

}  // namespace sluice::net
