#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/support/client.hpp"
#include "tests/support/effect_recorder.hpp"
#include "tests/support/in_process_server.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/transcript_runner.hpp"

namespace sluice::tests {

// Replays transcripts inside the test's own process, with a server of its own for each case. Time is the server's
// clock.
class InProcessTarget final : public TranscriptTarget {
 public:
  void begin_case(const TranscriptCase& next) override;
  std::vector<std::string> ask(const std::string& connection, const Request& request, std::size_t reply_count) override;
  std::vector<std::string> receive(const std::string& connection, std::size_t reply_count) override;
  std::vector<std::string> connections() const override;
  void advance(std::int64_t by_ms) override { server_->advance(by_ms); }
  // Replays the effects of the case on an empty server, which must then hold the same data.
  std::optional<std::string> check_server() override;

 private:
  std::unique_ptr<EffectRecorder> effects_;  // of the case; outlives the server
  bool has_made_up_data_ = false;            // that no effect tells of
  std::unique_ptr<InProcessServer> server_;
  std::map<std::string, std::deque<protocol::Reply>> arrived_;  // by connection; not received yet
};

// Replays transcripts over TCP against a process, which is started anew after a case that may have changed the server
// itself and not only its data.
class ProcessTarget final : public TranscriptTarget {
 public:
  enum class Role { sluice, reference };
  ProcessTarget(ServerOptions options, Role role) : options_(std::move(options)), role_(role) {}

  void begin_case(const TranscriptCase& next) override;
  std::vector<std::string> ask(const std::string& connection, const Request& request, std::size_t reply_count) override;
  std::vector<std::string> receive(const std::string& connection, std::size_t reply_count) override;
  std::vector<std::string> connections() const override;
  void announce(const Request& request) override;
  void send_bytes(const std::string& connection, const std::string& bytes) override;
  void advance(std::int64_t by_ms) override;
  bool is_reference() const override { return role_ == Role::reference; }

  // Ends the server. Throws std::runtime_error with what it printed if it does not end well.
  void finish();

 private:
  void start();
  Client& create_connection(const std::string& name);
  void await_receipt(const Client& client, const Request& request, bool is_first) const;

  ServerOptions options_;
  Role role_;
  std::unique_ptr<ServerProcess> server_;
  std::map<std::string, Client> connections_;
  std::set<std::string> used_;  // the connections that have sent something
  bool is_spoilt_ = false;      // the next case needs another server
};

}  // namespace sluice::tests
