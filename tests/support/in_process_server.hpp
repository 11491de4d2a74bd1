#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/reply_parser.hpp"
#include "server/dispatch/call/rounds.hpp"
#include "server/engine.hpp"
#include "tests/support/request.hpp"

namespace sluice::tests {

// A whole server without sockets and timers: the real parser, registry, rounds, store and configuration, on the
// calling thread. Time stands still, at the time of construction, until advance().
//
//   InProcessServer server;
//   server.run({"SET", "k", "v"});
//   CHECK(server.run({"GET", "k"})->text == "v");
class InProcessServer final : private dispatch::ServerControl {
 public:
  InProcessServer();
  InProcessServer(const InProcessServer&) = delete;
  InProcessServer& operator=(const InProcessServer&) = delete;
  ~InProcessServer();

  // The reply on the connection "main", or on the one named, which is made when first used. Nothing if the command has
  // none, or none yet, or the connection is closed. A command that a pause holds back gets its reply once the clock has
  // been moved to the end of the pause.
  std::optional<protocol::Reply> run(const Request& request) { return run_on("main", request); }
  std::optional<protocol::Reply> run_on(const std::string& connection, const Request& request);

  // Sends the request and leaves its replies, however many, to take_sent(). While a command of the connection has to
  // wait, those that follow wait too.
  void send_on(const std::string& connection, const Request& request);

  // Runs the rounds of requests through `around`, which is given a round to be run; null: as they are.
  using Round = std::function<void()>;
  void set_around_rounds(std::function<void(const Round&)> around) { around_rounds_ = std::move(around); }

  void connect(const std::string& connection) { create_connection(connection); }
  bool is_closed(const std::string& connection) const;

  // What the connection has been sent since it was last looked at, in the bytes that would go over the wire, without
  // the replies that run_on() has returned: what was pushed, and replies that had to wait.
  std::string take_sent(const std::string& connection);

  // Lets time pass and, as the manager would meanwhile, reclaims what has expired.
  void advance(std::int64_t by_ms);

  // Of all data, as DEBUG DIGEST tells it.
  std::string digest() const;

  base::Clock& clock() { return engine_.clock; }
  store::Databases& databases() { return engine_.databases; }
  dispatch::Effects& effects() { return engine_.effects; }
  std::size_t waiting_count() const { return engine_.blocked.size(); }
  dispatch::Settings& settings() { return settings_; }
  dispatch::Rounds& rounds() { return rounds_; }
  const dispatch::Statistics& statistics() const { return engine_.statistics; }
  const std::optional<dispatch::ShutdownRequest>& requested_shutdown() const { return requested_shutdown_; }

 private:
  class Connection;

  Connection& create_connection(const std::string& name);
  void run_pending();
  void run_request(Connection& connection, const std::string& bytes);
  void run_batch(Connection& connection);
  void hand_in(Connection& connection, dispatch::Batch::Purpose purpose);
  void pass_time(std::int64_t by_ms);
  void forget_closed();

  void request_shutdown(const dispatch::ShutdownRequest& request) override { requested_shutdown_ = request; }
  bool abort_shutdown() override;
  void pause_clients(dispatch::PauseMode mode, std::int64_t until_ms) override {
    rounds_.pause_clients(mode, until_ms);
  }
  void unpause_clients() override { rounds_.unpause_clients(); }
  const dispatch::ServerIdentity& identity() const override { return identity_; }
  dispatch::ServerFigures figures() const override { return {}; }
  void reset_figures() override {}
  void set_active_expire(bool is_on) override { rounds_.set_active_expire(is_on); }

  dispatch::Settings settings_;
  config::Config config_;
  Engine engine_;
  dispatch::ServerIdentity identity_;
  dispatch::Rounds rounds_;
  std::int64_t monotonic_us_ = 0;

  std::map<std::string, std::unique_ptr<Connection>> connections_;
  std::uint64_t last_id_ = 0;
  std::function<void(const Round&)> around_rounds_;
  std::optional<dispatch::ShutdownRequest> requested_shutdown_;
};

}  // namespace sluice::tests
