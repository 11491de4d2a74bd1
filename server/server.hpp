#pragma once

#include <boost/asio/signal_set.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "server/config/config.hpp"
#include "server/dispatch/state/server_control.hpp"
#include "server/engine.hpp"
#include "server/manager/manager.hpp"
#include "server/net/batch_channel.hpp"
#include "server/net/connection_count.hpp"
#include "server/net/io_thread.hpp"
#include "server/net/listener.hpp"
#include "server/net/mailbox.hpp"
#include "server/telemetry/log.hpp"

namespace sluice {

// The composition root: builds every part, wires them, runs until the shutdown is complete.
//
// With io-threads 1 everything runs on the thread that calls run(). With more, that thread is the manager's, which also
// accepts connections, and the connections live on threads of their own.
class Server final : public dispatch::ServerControl {
 public:
  Server(dispatch::Settings& settings, config::Config& config, const telemetry::Log& log,
         dispatch::ServerIdentity identity);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Opens the listening sockets; returns what went wrong, or nothing.
  std::optional<std::string> listen();

  // Serves until a signal or SHUTDOWN, and until the last connection is gone or shutdown-timeout has passed.
  void run();

  void request_shutdown(const dispatch::ShutdownRequest& request) override;
  bool abort_shutdown() override { return false; }
  void pause_clients(dispatch::PauseMode mode, std::int64_t until_ms) override;
  void unpause_clients() override;
  const dispatch::ServerIdentity& identity() const override { return identity_; }
  dispatch::ServerFigures figures() const override;
  void reset_figures() override;
  void set_active_expire(bool is_on) override { manager_->rounds().set_active_expire(is_on); }

 private:
  bool has_own_io_threads() const { return settings_.io_threads > 1; }
  void follow_addresses();
  void build_io_threads();
  std::vector<net::HandlerParts> handler_parts();
  std::vector<net::CompletionQueue*> completion_queues();
  void await_signal();
  void begin_shutdown();
  void complete_shutdown();
  net::Awaitable<> run_manager();

  dispatch::Settings& settings_;
  config::Config& config_;
  const telemetry::Log& log_;
  dispatch::ServerIdentity identity_;
  Engine engine_;
  std::uint64_t memory_startup_bytes_ = 0;
  std::uint64_t lazyfreed_before_reset_ = 0;

  boost::asio::io_context main_context_;
  net::BatchChannel channel_;
  net::Mailbox mailbox_;
  net::ConnectionCount connections_;
  std::vector<std::unique_ptr<net::IoThread>> io_threads_;
  std::unique_ptr<manager::Manager> manager_;
  std::unique_ptr<net::Listener> listener_;
  boost::asio::signal_set signals_;
  net::SteadyTimer shutdown_deadline_;
  bool is_shutting_down_ = false;
};

}  // namespace sluice
