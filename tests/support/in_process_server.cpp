#include "tests/support/in_process_server.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "protocol/frame_parser.hpp"
#include "server/commands/all_commands.hpp"

namespace sluice::tests {

using dispatch::PauseMode;

// What a Handler is to a connection: its session, and the batch that carries its requests.
class InProcessServer::Connection final : private dispatch::ConnectionControl {
 public:
  explicit Connection(std::uint64_t id)
      : session(id, {.peer = "127.0.0.1:50000", .local = "127.0.0.1:6379", .is_loopback = true}, *this) {
    batch.session = &session;
  }

  // Parses the bytes of one request into the batch.
  void receive(std::string bytes, const dispatch::CommandRegistry& commands, const base::KeyHasher& hasher) {
    received_ = std::move(bytes);
    batch.clear();
    protocol_error_.clear();
    const auto limits =
        session.is_authenticated ? protocol::ParserLimits{} : protocol::ParserLimits::before_authentication();
    auto result = protocol::FrameParser().next(received_, batch.words, limits);
    if (result.status == protocol::FrameParser::Status::error) {
      protocol_error_ = std::move(result.error);
      batch.commands.emplace_back(dispatch::InvalidCommand{.reason = dispatch::InvalidCommand::Reason::protocol_error,
                                                           .message = protocol_error_});
    } else if (!batch.words.empty()) {
      const dispatch::WordRange words{0, static_cast<std::uint32_t>(batch.words.size())};
      batch.commands.push_back(commands.resolve(batch.words, words, hasher));
    }
    batch.received_bytes += received_.size();
  }

  bool is_closed = false;
  dispatch::Session session;
  dispatch::Batch batch;

 private:
  void request_close() override { is_closed = true; }

  std::string received_;
  std::string protocol_error_;
};

InProcessServer::InProcessServer()
    : config_(settings_),
      hasher_(base::random_seed()),
      databases_(static_cast<std::size_t>(settings_.databases), hasher_, clock_, reaper_),
      executor_({databases_, clock_, settings_, statistics_, clients_, commands_, config_, *this, hasher_}) {
  settings_.enable_debug_command = "yes";
  clock_.refresh();
  commands::register_all(commands_);
  statistics_.by_command.resize(commands_.size());
  for (const auto* name : {"maxmemory-policy", "lfu-log-factor", "lfu-decay-time"}) {
    config_.on_change(name, [this] {
      follow_access_settings();
      return config::Complaint();
    });
  }
  identity_ = {.run_id = std::string(40, '0'),
               .executable = "sluice",
               .config_file = {},
               .started_ms = clock_.now_ms(),
               .started_monotonic_us = base::monotonic_us()};
}

InProcessServer::~InProcessServer() = default;

// As the composition root does.
void InProcessServer::follow_access_settings() {
  const bool counts_uses = settings_.maxmemory_policy.ends_with("-lfu");
  databases_.set_access_settings({.policy = counts_uses ? store::AccessPolicy::lfu : store::AccessPolicy::lru,
                                  .lfu_log_factor = static_cast<unsigned>(settings_.lfu_log_factor),
                                  .lfu_decay_minutes = static_cast<unsigned>(settings_.lfu_decay_time)});
}

std::optional<protocol::Reply> InProcessServer::run_on(const std::string& connection, const Request& request) {
  Connection& asking = create_connection(connection);
  if (asking.is_closed) return std::nullopt;
  asking.receive(encode_request(request), commands_, hasher_);
  run_batch(asking);
  const auto parsed = protocol::ReplyParser::parse(asking.batch.replies.view());
  const std::size_t reply_bytes = asking.batch.replies.size();
  asking.batch.replies.clear();
  asking.batch.sent_bytes += reply_bytes;
  if (asking.batch.closes_connection) asking.is_closed = true;
  forget_closed();
  if (reply_bytes == 0) return std::nullopt;
  if (parsed.status != protocol::ReplyParser::Status::reply || parsed.consumed != reply_bytes) {
    throw std::runtime_error("the answer to " + request.front() + " is not one whole reply");
  }
  return parsed.reply;
}

bool InProcessServer::is_closed(const std::string& connection) const {
  const auto found = connections_.find(connection);
  return found != connections_.end() && found->second->is_closed;
}

void InProcessServer::advance(std::int64_t by_ms) {
  clock_.advance_ms(by_ms);
  if (executor_.pause() != PauseMode::none && clock_.now_ms() >= pause_until_ms_) unpause_clients();
  if (is_active_expire_on_) databases_.reclaim_expired(std::numeric_limits<std::size_t>::max());
}

InProcessServer::Connection& InProcessServer::create_connection(const std::string& name) {
  auto& connection = connections_[name];
  if (!connection) {
    connection = std::make_unique<Connection>(++last_id_);
    dispatch::Session& session = connection->session;
    session.created_ms = session.last_interaction_ms = clock_.now_ms();
    session.is_authenticated = !settings_.requires_password;
    clients_.add(session);
    ++statistics_.connections_received;
  }
  return *connection;
}

void InProcessServer::run_batch(Connection& connection) {
  dispatch::Batch& batch = connection.batch;
  connection.session.last_interaction_ms = clock_.now_ms();
  statistics_.network_input_bytes += std::exchange(batch.received_bytes, 0);
  statistics_.network_output_bytes += std::exchange(batch.sent_bytes, 0);
  dispatch::Batch* const batches[] = {&batch};
  executor_.run(batches);
  if (!executor_.is_held(batch)) return;
  advance(std::max<std::int64_t>(0, pause_until_ms_ - clock_.now_ms()));
  executor_.run(batches);
}

void InProcessServer::forget_closed() {
  for (const auto& [name, connection] : connections_) {
    if (connection->is_closed) clients_.remove(connection->session);
  }
}

bool InProcessServer::abort_shutdown() {
  return std::exchange(requested_shutdown_, std::nullopt).has_value();
}

void InProcessServer::pause_clients(PauseMode mode, std::int64_t until_ms) {
  executor_.set_pause(std::max(executor_.pause(), mode));
  pause_until_ms_ = std::max(pause_until_ms_, until_ms);
}

void InProcessServer::unpause_clients() {
  executor_.set_pause(PauseMode::none);
  pause_until_ms_ = 0;
}

}  // namespace sluice::tests
