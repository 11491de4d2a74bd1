#include "server/server.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "server/base/memory.hpp"
#include "server/base/random.hpp"
#include "server/commands/all_commands.hpp"

namespace sluice {

namespace asio = boost::asio;

Server::Server(dispatch::Settings& settings, config::Config& config, dispatch::ServerIdentity identity)
    : settings_(settings),
      config_(config),
      identity_(std::move(identity)),
      hasher_(base::random_seed()),
      databases_(static_cast<std::size_t>(settings.databases), hasher_, clock_, reaper_),
      main_context_(settings.io_threads > 1 ? BOOST_ASIO_CONCURRENCY_HINT_SAFE : 1),
      channel_(static_cast<std::size_t>(settings.channel_capacity)),
      connections_([this] { asio::post(main_context_, [this] { complete_shutdown(); }); }),
      signals_(main_context_),
      shutdown_deadline_(main_context_.get_executor()) {
  clock_.refresh();
  commands::register_all(commands_);
  statistics_.by_command.resize(commands_.size());
  build_io_threads();
  manager_ = std::make_unique<manager::Manager>(main_context_.get_executor(), channel_,
                                                dispatch::ExecutorParts{databases_, clock_, settings_, statistics_,
                                                                        clients_, commands_, config_, *this, hasher_});
  listener_ = std::make_unique<net::Listener>(main_context_.get_executor(), handler_parts(), connections_, statistics_);
  memory_startup_bytes_ = base::memory_figures().allocated;
}

Server::~Server() {
  // Connections that outlived the shutdown's limit refer to the other parts: they go first.
  for (const auto& thread : io_threads_) thread->stop(net::IoThread::Stop::at_once);
  io_threads_.clear();
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
    parts.push_back(
        {thread->executor(), channel_, thread->completions(), thread->shutdown(), commands_, settings_, hasher_});
  }
  return parts;
}

std::optional<std::string> Server::listen() {
  const int backlog = static_cast<int>(settings_.tcp_backlog);
  if (settings_.port != 0) {
    for (const std::string& address : settings_.bind) {
      if (auto error = listener_->listen_tcp(address, static_cast<std::uint16_t>(settings_.port), backlog))
        return error;
    }
  }
  if (settings_.unixsocket.empty()) return std::nullopt;
  return listener_->listen_unix(settings_.unixsocket, static_cast<unsigned>(settings_.unixsocketperm), backlog);
}

void Server::run() {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  await_signal();
  listener_->start();
  asio::co_spawn(main_context_.get_executor(), run_manager(), asio::detached);
  main_context_.run();
}

net::Awaitable<> Server::run_manager() {
  co_await manager_->run();
  // All that was accepted has been executed and answered: nothing keeps the process any longer.
  for (const auto& thread : io_threads_) thread->stop(net::IoThread::Stop::when_done);
  main_context_.stop();
}

void Server::await_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    // The first asks the server to end; whoever asks again does not want to wait.
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
  listener_->stop();
  manager_->unpause_clients();
  for (const auto& thread : io_threads_) thread->broadcast_shutdown();
  shutdown_deadline_.expires_after(std::chrono::seconds(settings_.shutdown_timeout));
  shutdown_deadline_.async_wait([this](const boost::system::error_code& error) {
    if (!error) channel_.close();
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
  manager_->pause_clients(mode, until_ms);
}

void Server::unpause_clients() {
  manager_->unpause_clients();
}

dispatch::ServerFigures Server::figures() const {
  return {manager_->operations_per_second(), manager_->input_bytes_per_second(), manager_->output_bytes_per_second(),
          manager_->memory_peak_bytes(), memory_startup_bytes_};
}

void Server::reset_figures() {
  manager_->reset_peak();
}

}  // namespace sluice
