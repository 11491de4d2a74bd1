#include "server/dispatch/clients/blocked_clients.hpp"

#include <cmath>
#include <limits>

#include "server/dispatch/requests/arg_reader.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::dispatch {

void BlockedClients::park(Session& session, ParkedCommand command) {
  const std::uint64_t arrival = ++last_arrival_;
  for (const std::string& key : command.keys) waiting_[{command.database, key}].emplace(arrival, &session);
  if (command.deadline_ms != 0) deadlines_.emplace(command.deadline_ms, &session);
  arrivals_.emplace(&session, arrival);
  session.parked = std::make_unique<ParkedCommand>(std::move(command));
  if (parked_count_++ == 0) feed_.begin_interest();
}

void BlockedClients::release(Session& session, SharedBytes reply) {
  unpark(session);
  session.last_interaction_ms = clock_.now_ms();
  if (session.reply_mode == ReplyMode::on) {
    session.push(std::move(reply));
  } else if (session.reply_mode == ReplyMode::skip_this) {
    session.reply_mode = ReplyMode::on;
  }
  session.control->resume();
}

void BlockedClients::time_out(Session& session) {
  protocol::ReplyBuffer buffer;
  protocol::ReplyWriter(buffer, session.protocol).null_array();
  release(session, std::make_shared<const std::string>(buffer.view()));
}

void BlockedClients::fail(Session& session, std::string_view error_line) {
  protocol::ReplyBuffer buffer;
  protocol::ReplyWriter(buffer, session.protocol).error(error_line);
  release(session, std::make_shared<const std::string>(buffer.view()));
}

void BlockedClients::on_conversations_ended(Session& session) {
  if (session.parked) unpark(session);
}

void BlockedClients::unpark(Session& session) {
  const std::unique_ptr<ParkedCommand> command = std::move(session.parked);
  const auto arrival = arrivals_.extract(&session).mapped();
  for (const std::string& key : command->keys) {
    const auto found = waiting_.find(KeyView{command->database, key});
    found->second.erase(arrival);
    if (found->second.empty()) waiting_.erase(found);
  }
  if (command->deadline_ms != 0) deadlines_.erase({command->deadline_ms, &session});
  if (--parked_count_ == 0) feed_.end_interest();
}

BlockedClients::ReadyKey BlockedClients::take_ready() {
  ReadyKey key = std::move(ready_.front());
  ready_.pop_front();
  ready_set_.erase(key);
  return key;
}

Session* BlockedClients::next_waiting(const ReadyKey& key, std::uint64_t& arrival) const {
  const auto found = waiting_.find(key);
  if (found == waiting_.end()) return nullptr;
  const auto next = found->second.upper_bound(arrival);
  if (next == found->second.end()) return nullptr;
  arrival = next->first;
  return next->second;
}

Session* BlockedClients::find_due(std::int64_t now_ms) const {
  return deadlines_.empty() || deadlines_.begin()->first > now_ms ? nullptr : deadlines_.begin()->second;
}

std::optional<std::int64_t> BlockedClients::next_deadline_ms() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

void BlockedClients::on_key_changed(int database, std::string_view key) {
  const auto found = waiting_.find(KeyView{database, key});
  if (found != waiting_.end() && ready_set_.insert(found->first).second) ready_.push_back(found->first);
}

void BlockedClients::on_databases_swapped(int first, int second) {
  for (const auto& [key, waiters] : waiting_) {
    if (key.first == first || key.first == second) on_key_changed(key.first, key.second);
  }
}

std::int64_t parse_timeout_ms(std::string_view seconds) {
  const auto number = parse_float(seconds);
  if (!number) throw CommandError("ERR timeout is not a float or out of range");
  const long double ms = std::ceil(*number * 1000);
  // Far enough from the end that the time of day can be added.
  if (ms > static_cast<long double>(std::numeric_limits<std::int64_t>::max() / 2)) {
    throw CommandError("ERR timeout is out of range");
  }
  if (ms < 0) throw CommandError("ERR timeout is negative");
  return static_cast<std::int64_t>(ms);
}

}  // namespace sluice::dispatch
