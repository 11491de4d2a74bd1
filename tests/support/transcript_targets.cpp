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

// For one reply: a server that owes one sends it soon, and a transcript may miss many.
constexpr std::chrono::seconds reply_patience{10};

// Whether the request may change what FLUSHALL does not restore.
bool changes_server(const Request& request) {
  constexpr std::array names{"acl", "config", "debug", "function", "script", "shutdown"};
  const std::string name = base::to_lower(request.front());
  if (name == "client") return request.size() > 1 && base::equals_ignoring_case(request[1], "pause");
  return std::ranges::count(names, name) > 0;
}

// Takes `arrived`'s replies apart and adds them to those not received yet.
void append_replies(std::deque<protocol::Reply>& replies, std::string_view arrived) {
  while (!arrived.empty()) {
    auto parsed = protocol::ReplyParser::parse(arrived);
    if (parsed.status != protocol::ReplyParser::Status::reply) throw std::runtime_error("the server sent half a reply");
    arrived.remove_prefix(parsed.consumed);
    replies.push_back(std::move(parsed.reply));
  }
}

void append_lines(std::vector<std::string>& lines, const protocol::Reply& reply) {
  const auto more = reply_lines(reply);
  lines.insert(lines.end(), more.begin(), more.end());
}

template <class Map>
std::vector<std::string> names_in(const Map& map) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

}  // namespace

void InProcessTarget::begin_case(const TranscriptCase& next) {
  server_.reset();
  effects_ = std::make_unique<EffectRecorder>();
  server_ = std::make_unique<InProcessServer>();
  server_->effects().add(*effects_);
  has_made_up_data_ = std::ranges::any_of(
      next.steps, [](const TranscriptStep& step) { return step.text.starts_with("DEBUG POPULATE"); });
  arrived_.clear();
}

std::optional<std::string> InProcessTarget::check_server() {
  if (auto complaint = server_->databases().check_books()) return complaint;
  if (has_made_up_data_) return std::nullopt;
  InProcessServer copy;
  for (const Request& request : effects_->requests()) copy.run_on("effects", request);
  copy.clock().set_ms(server_->clock().now_ms());
  const std::string wanted = server_->digest();
  const std::string replayed = copy.digest();
  if (replayed == wanted) return std::nullopt;
  return fmt::format("its effects give the digest {}, its data has {}", replayed, wanted);
}

std::vector<std::string> InProcessTarget::ask(const std::string& connection, const Request& request,
                                              std::size_t reply_count) {
  if (server_->is_closed(connection)) return closed_lines;
  server_->send_on(connection, request);
  return receive(connection, reply_count);
}

std::vector<std::string> InProcessTarget::receive(const std::string& connection, std::size_t reply_count) {
  std::deque<protocol::Reply>& replies = arrived_[connection];
  append_replies(replies, server_->take_sent(connection));
  if (replies.empty() && reply_count > 0 && server_->is_closed(connection)) return closed_lines;
  std::vector<std::string> lines;
  const std::size_t count = reply_count == 0 ? replies.size() : std::min(reply_count, replies.size());
  for (std::size_t index = 0; index < count; ++index) {
    append_lines(lines, replies.front());
    replies.pop_front();
  }
  return lines;
}

std::vector<std::string> InProcessTarget::connections() const {
  return names_in(arrived_);
}

void ProcessTarget::begin_case(const TranscriptCase&) {
  connections_.clear();
  used_.clear();
  if (is_spoilt_ || !server_ || server_->process().try_wait()) start();
  Client client = server_->connect();
  const auto reply = client.ask({"FLUSHALL"});
  if (reply.text != "OK") throw std::runtime_error("FLUSHALL between cases: " + reply.text);
  // The connections of the case before may still subscribe, watch or wait until the server has seen their end.
  const bool is_alone = eventually([&] { return std::ranges::count(client.ask({"CLIENT", "LIST"}).text, '\n') == 1; });
  if (!is_alone) throw std::runtime_error("connections of the case before do not end");
}

std::vector<std::string> ProcessTarget::ask(const std::string& connection, const Request& request,
                                            std::size_t reply_count) {
  announce(request);
  Client& client = create_connection(connection);
  if (!client.send(request)) return closed_lines;
  const bool is_first = used_.insert(connection).second;
  if (reply_count == 0) await_receipt(client, request, is_first);
  return receive(connection, reply_count);
}

std::vector<std::string> ProcessTarget::receive(const std::string& connection, std::size_t reply_count) {
  Client& client = create_connection(connection);
  std::vector<std::string> lines;
  if (reply_count == 0) {
    while (const auto reply = client.try_read_reply()) append_lines(lines, *reply);
    return lines;
  }
  for (std::size_t index = 0; index < reply_count; ++index) {
    const auto reply = client.read_reply(reply_patience);
    if (!reply) return index == 0 ? closed_lines : lines;
    append_lines(lines, *reply);
    // A request that failed has but one reply, whatever was expected.
    if (reply->kind == protocol::Reply::Kind::error) break;
  }
  return lines;
}

std::vector<std::string> ProcessTarget::connections() const {
  return names_in(connections_);
}

Client& ProcessTarget::create_connection(const std::string& name) {
  auto found = connections_.find(name);
  if (found == connections_.end()) found = connections_.emplace(name, server_->connect()).first;
  return found->second;
}

// Waits until the server tells, where it does, that this was the client's last command: what other connections send
// from then on comes later. A command that it does not know is called NULL, and so is none.
void ProcessTarget::await_receipt(const Client& client, const Request& request, bool is_first) const {
  const std::string address = " addr=127.0.0.1:" + std::to_string(client.local_port()) + ' ';
  const std::string command = " cmd=" + base::to_lower(request.front());
  try {
    Client observer = server_->connect();
    eventually([&] {
      const protocol::Reply list = observer.ask({"CLIENT", "LIST"});
      if (list.kind == protocol::Reply::Kind::error) return true;
      const std::size_t begin = list.text.find(address);
      // Not there yet, or closed because of the request.
      if (begin == std::string::npos) return !is_first;
      const std::string line = list.text.substr(begin, list.text.find('\n', begin) - begin);
      return line.find(command) != std::string::npos || (!is_first && line.find(" cmd=NULL") != std::string::npos);
    });
  } catch (const std::exception&) {
    // The server is ending, perhaps because of the request.
  }
}

void ProcessTarget::announce(const Request& request) {
  if (changes_server(request)) is_spoilt_ = true;
}

void ProcessTarget::send_bytes(const std::string& connection, const std::string& bytes) {
  create_connection(connection).send_bytes(bytes);
  used_.insert(connection);
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
