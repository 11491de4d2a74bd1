#include "tests/support/transcript_targets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "server/base/text.hpp"
#include "tests/support/reply_text.hpp"

namespace sluice::tests {

namespace {

const std::vector<std::string> closed_lines{"(closed)"};

// Whether the request may change what FLUSHALL does not restore.
bool changes_server(const Request& request) {
  constexpr std::array names{"acl", "config", "debug", "function", "script", "shutdown"};
  const std::string name = base::to_lower(request.front());
  if (name == "client") return request.size() > 1 && base::equals_ignoring_case(request[1], "pause");
  return std::ranges::count(names, name) > 0;
}

}  // namespace

void InProcessTarget::begin_case(const TranscriptCase&) {
  server_ = std::make_unique<InProcessServer>();
}

std::vector<std::string> InProcessTarget::ask(const std::string& connection, const Request& request, bool) {
  if (server_->is_closed(connection)) return closed_lines;
  const auto reply = server_->run_on(connection, request);
  return reply ? reply_lines(*reply) : std::vector<std::string>{};
}

void ProcessTarget::begin_case(const TranscriptCase&) {
  connections_.clear();
  if (is_spoilt_ || !server_ || server_->process().try_wait()) start();
  const auto reply = server_->connect().ask({"FLUSHALL"});
  if (reply.text != "OK") throw std::runtime_error("FLUSHALL between cases: " + reply.text);
}

std::vector<std::string> ProcessTarget::ask(const std::string& connection, const Request& request,
                                            bool is_reply_expected) {
  if (changes_server(request)) is_spoilt_ = true;
  auto found = connections_.find(connection);
  if (found == connections_.end()) found = connections_.emplace(connection, server_->connect()).first;
  Client& client = found->second;
  if (!client.send(request)) return closed_lines;
  if (!is_reply_expected) return {};
  const auto reply = client.read_reply();
  return reply ? reply_lines(*reply) : closed_lines;
}

void ProcessTarget::advance(std::int64_t by_ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(by_ms));
}

void ProcessTarget::finish() {
  connections_.clear();
  if (!server_) return;
  const auto server = std::move(server_);
  // SHUTDOWN may have ended it already.
  const ExitStatus status = server->terminate();
  if (status != 0) throw std::runtime_error(fmt::format("the server ended with status {}:\n{}", status, server->log()));
}

void ProcessTarget::start() {
  finish();
  server_ = std::make_unique<ServerProcess>(options_);
  is_spoilt_ = false;
}

}  // namespace sluice::tests
