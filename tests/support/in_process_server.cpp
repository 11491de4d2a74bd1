#include "tests/support/in_process_server.hpp"

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <utility>

#include "protocol/frame_parser.hpp"
#include "server/commands/server/digest.hpp"

namespace sluice::tests {

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
        session.chosen.is_authenticated ? protocol::ParserLimits{} : protocol::ParserLimits::before_authentication();
    protocol::FrameParser parser;
    const auto result = parser.next(received_, batch.words, limits);
    if (result.status == protocol::FrameParser::Status::error) {
      protocol_error_ = parser.error();
      const auto position = static_cast<std::uint32_t>(batch.words.size());
      batch.words.push_back(protocol_error_);
      batch.commands.emplace_back(
          dispatch::InvalidCommand{.words = {position, 1}, .reason = dispatch::InvalidCommand::Reason::protocol_error});
    } else if (!batch.words.empty()) {
      const dispatch::WordRange words{0, static_cast<std::uint32_t>(batch.words.size())};
      batch.commands.push_back(commands.resolve(batch.words, words, hasher));
    }
    batch.received_bytes += received_.size();
  }

  bool is_closed = false;
  bool is_signed_off = false;
  std::string sent;
  std::deque<std::string> pending;  // requests that have not been run yet
  dispatch::Session session;
  dispatch::Batch batch;

 private:
  void answered(std::size_t) override {}
  void request_close() override { is_closed = true; }
  void push(dispatch::SharedBytes bytes) override { sent += *bytes; }
  void reply_late(dispatch::SharedBytes bytes) override { sent += *bytes; }
  void resume() override { batch.is_waiting = false; }
  void release_buffers() override {}
  std::size_t owed_bytes() const override { return 0; }
  std::size_t owed_pushed_bytes() const override { return 0; }
  std::size_t owed_pushed_count() const override { return 0; }
  dispatch::InputBuffer input_buffer() const override { return {}; }

  std::string received_;
  std::string protocol_error_;
};

InProcessServer::InProcessServer() : config_(settings_), engine_(settings_, config_, *this), rounds_(engine_.parts()) {
  settings_.enable_debug_command = "yes";
  engine_.clock.stand_still();
  identity_ = {.run_id = std::string(40, '0'),
               .executable = "sluice",
               .config_file = {},
               .started_ms = engine_.clock.now_ms(),
               .started_monotonic_us = base::monotonic_us()};
}

InProcessServer::~InProcessServer() = default;

std::optional<protocol::Reply> InProcessServer::run_on(const std::string& connection, const Request& request) {
  Connection& asking = create_connection(connection);
  std::string sent_before = std::exchange(asking.sent, {});
  send_on(connection, request);
  auto parsed = protocol::ReplyParser::parse(asking.sent);
  if (asking.sent.empty()) {
    asking.sent = std::move(sent_before);
    return std::nullopt;
  }
  if (parsed.status != protocol::ReplyParser::Status::reply) {
    throw std::runtime_error("the answer to " + request.front() + " is not a whole reply");
  }
  asking.sent = std::move(sent_before) + asking.sent.substr(parsed.consumed);
  return std::move(parsed.reply);
}

void InProcessServer::send_on(const std::string& connection, const Request& request) {
  create_connection(connection).pending.push_back(encode_request(request));
  run_pending();
}

// Runs the requests of all connections whose commands do not wait; some may do so no more because of what has run.
void InProcessServer::run_pending() {
  const auto is_runnable = [](const auto& each) {
    const Connection& connection = *each.second;
    return !connection.pending.empty() && !connection.is_closed && !connection.batch.is_waiting;
  };
  for (auto next = std::ranges::find_if(connections_, is_runnable); next != connections_.end();
       next = std::ranges::find_if(connections_, is_runnable)) {
    Connection& connection = *next->second;
    const std::string bytes = std::move(connection.pending.front());
    connection.pending.pop_front();
    run_request(connection, bytes);
  }
}

void InProcessServer::run_request(Connection& connection, const std::string& bytes) {
  connection.receive(bytes, engine_.commands, engine_.hasher);
  run_batch(connection);
  if (connection.batch.closes_connection) connection.is_closed = true;
  forget_closed();
}

bool InProcessServer::is_closed(const std::string& connection) const {
  const auto found = connections_.find(connection);
  return found != connections_.end() && found->second->is_closed;
}

std::string InProcessServer::digest() const {
  return commands::server::digest_of(engine_.databases).hex();
}

std::string InProcessServer::take_sent(const std::string& connection) {
  return std::exchange(create_connection(connection).sent, {});
}

void InProcessServer::advance(std::int64_t by_ms) {
  pass_time(by_ms);
  run_pending();
}

void InProcessServer::pass_time(std::int64_t by_ms) {
  constexpr std::int64_t second_us = 1'000'000;
  engine_.clock.advance_ms(by_ms);
  rounds_.end_due_waits();
  // A second at least, so that the tick is due.
  monotonic_us_ += second_us + by_ms * 1000;
  rounds_.keep(monotonic_us_);
  while (rounds_.reclaim_expired()) continue;
}

InProcessServer::Connection& InProcessServer::create_connection(const std::string& name) {
  auto& connection = connections_[name];
  if (!connection) {
    connection = std::make_unique<Connection>(++last_id_);
    hand_in(*connection, dispatch::Batch::Purpose::open_session);
    ++engine_.statistics.connections_received;
  }
  return *connection;
}

// Treats a batch as a Handler does: hands it in until it is finished or has to wait, and sends the replies each time.
// Only a pause that holds the batch lets time pass.
void InProcessServer::run_batch(Connection& connection) {
  dispatch::Batch& batch = connection.batch;
  do {
    hand_in(connection, dispatch::Batch::Purpose::run_commands);
    if (connection.session.conversations.is_paused)
      pass_time(std::max<std::int64_t>(0, rounds_.pause_until_ms() - clock().now_ms()));
  } while (!batch.is_finished() && !batch.is_waiting && !connection.is_closed);
}

void InProcessServer::hand_in(Connection& connection, dispatch::Batch::Purpose purpose) {
  dispatch::Batch& batch = connection.batch;
  batch.purpose = purpose;
  dispatch::Batch* const batches[] = {&batch};
  engine_.clock.refresh();
  if (around_rounds_ && purpose == dispatch::Batch::Purpose::run_commands) {
    around_rounds_([&] { rounds_.run(batches); });
  } else {
    rounds_.run(batches);
  }
  connection.sent += batch.replies.view();
  batch.replies.clear();
}

void InProcessServer::forget_closed() {
  for (const auto& [name, connection] : connections_) {
    if (!connection->is_closed || std::exchange(connection->is_signed_off, true)) continue;
    hand_in(*connection, dispatch::Batch::Purpose::close_session);
  }
}

bool InProcessServer::abort_shutdown() {
  return std::exchange(requested_shutdown_, std::nullopt).has_value();
}

}  // namespace sluice::tests
