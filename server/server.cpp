#include "server/server.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "server/base/memory.hpp"
#include "server/net/spawn.hpp"

namespace sluice {

namespace asio = boost::asio;

Server::Server(dispatch::Settings& settings, config::Config& config, const telemetry::Log& log,
               dispatch::ServerIdentity identity)
    : settings_(settings),
      config_(config),
      log_(log),
      identity_(std::move(identity)),
      engine_(settings, config, *this),
      // Alone on its thread, a context needs no locks.
      main_context_(settings.io_threads > 1 ? BOOST_ASIO_CONCURRENCY_HINT_SAFE : BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
      channel_(static_cast<std::size_t>(settings.channel_capacity)),
      mailbox_(main_context_.get_executor()),
      connections_([this] { mailbox_.send([this] { complete_shutdown(); }); }),
      signals_(main_context_),
      shutdown_deadline_(main_context_.get_executor()) {
  engine_.limits.set_log([this](const std::string& line) { log_.warning("{}", line); });
  build_io_threads();
  manager_ =
      std::make_unique<manager::Manager>(main_context_.get_executor(), channel_, completion_queues(), engine_.parts());
  listener_ =
      std::make_unique<net::Listener>(main_context_.get_executor(), handler_parts(), connections_, engine_.statistics);
  memory_startup_bytes_ = base::memory_figures().allocated;
}

Server::~Server() {
  for (const auto& thread : io_threads_) thread->join();
}

void Server::build_io_threads() {
  if (!has_own_io_threads()) {
    io_threads_.push_back(std::make_unique<net::IoThread>(main_context_));
    return;
  }
  for (std::int64_t count = 0; count < settings_.io_threads; ++count) {
    io_threads_.push_back(std::make_unique<net::IoThread>());
  }
}

std::vector<net::HandlerParts> Server::handler_parts() {
  std::vector<net::HandlerParts> parts;
  for (const auto& thread : io_threads_) {
    parts.push_back({thread->executor(), channel_, thread->completions(), thread->readiness(), thread->shutdown(),
                     engine_.commands, settings_, engine_.hasher});
  }
  return parts;
}

std::vector<net::CompletionQueue*> Server::completion_queues() {
  std::vector<net::CompletionQueue*> queues;
  for (const auto& thread : io_threads_) queues.push_back(&thread->completions());
  return queues;
}

std::optional<std::string> Server::listen() {
  const int backlog = static_cast<int>(settings_.tcp_backlog);
  if (auto error = listener_->listen_tcp(settings_.bind, static_cast<std::uint16_t>(settings_.port), backlog)) {
    return error;
  }
  follow_addresses();
  if (settings_.unixsocket.empty()) return std::nullopt;
  return listener_->listen_unix(settings_.unixsocket, static_cast<unsigned>(settings_.unixsocketperm), backlog);
}

// Has CONFIG SET bind and port act at once.
void Server::follow_addresses() {
  const auto listen_or = [this](const char* refusal) {
    return [this, refusal]() -> config::Complaint {
      const auto error = listener_->listen_tcp(settings_.bind, static_cast<std::uint16_t>(settings_.port),
                                               static_cast<int>(settings_.tcp_backlog));
      if (!error) return std::nullopt;
      log_.warning("{}", *error);
      return refusal;
    };
  };
  config_.on_change("bind", listen_or("Failed to bind to specified addresses."));
  config_.on_change("port", listen_or("Unable to listen on this port. Check server logs."));
}

void Server::run() {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  await_signal();
  listener_->start();
  net::spawn(main_context_.get_executor(), run_manager());
  if (settings_.port != 0 && !settings_.bind.empty()) log_.notice("Ready to accept connections tcp");
  if (!settings_.unixsocket.empty()) log_.notice("Ready to accept connections unix");
  main_context_.run();
  log_.notice("All connections are closed: bye bye");
}

net::Awaitable<> Server::run_manager() {
  if (has_own_io_threads()) {
    mailbox_.connect_to_context();
    co_await manager_->run();
  } else {
    mailbox_.connect(io_threads_.front()->readiness());
    co_await manager_->run_after(io_threads_.front()->readiness());
  }
  // All that was accepted has been executed and answered: nothing keeps the process any longer.
  for (const auto& thread : io_threads_) thread->join();
  main_context_.stop();
}

void Server::await_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal_number) {
    if (error) return;
    log_.notice("Received SIG{}, shutting down", ::sigabbrev_np(signal_number));
    // The first signal asks the server to end; a second one says that its sender does not want to wait.
    if (is_shutting_down_) std::_Exit(1);
    begin_shutdown();
    await_signal();
  });
}

void Server::request_shutdown(const dispatch::ShutdownRequest&) {
  asio::post(main_context_, [this] { begin_shutdown(); });
}

void Server::begin_shutdown() {
  if (std::exchange(is_shutting_down_, true)) return;
  log_.notice("User requested shutdown...");
  listener_->stop();
  manager_->end_pause();
  for (const auto& thread : io_threads_) thread->broadcast_shutdown(net::Urgency::after_batch);
  shutdown_deadline_.expires_after(std::chrono::seconds(settings_.shutdown_timeout));
  shutdown_deadline_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    for (const auto& thread : io_threads_) thread->broadcast_shutdown(net::Urgency::at_once);
  });
  complete_shutdown();
}

// The last connection is gone: lets the manager drain the channel and end.
void Server::complete_shutdown() {
  if (!is_shutting_down_ || connections_.get() > 0) return;
  shutdown_deadline_.cancel();
  channel_.close();
}

void Server::pause_clients(dispatch::PauseMode mode, std::int64_t until_ms) {
  manager_->rounds().pause_clients(mode, until_ms);
}

void Server::unpause_clients() {
  manager_->rounds().unpause_clients();
}

dispatch::ServerFigures Server::figures() const {
  return {.operations_per_second = manager_->rounds().operations_per_second(),
          .input_bytes_per_second = manager_->rounds().input_bytes_per_second(),
          .output_bytes_per_second = manager_->rounds().output_bytes_per_second(),
          .memory_peak_bytes = manager_->rounds().memory_peak_bytes(),
          .memory_startup_bytes = memory_startup_bytes_,
          .lazyfree_pending_objects = engine_.reaper.pending_objects(),
          .lazyfreed_objects = engine_.reaper.freed_objects() - lazyfreed_before_reset_};
}

void Server::reset_figures() {
  manager_->rounds().reset_peak();
  lazyfreed_before_reset_ = engine_.reaper.freed_objects();
}

}  // namespace sluice
