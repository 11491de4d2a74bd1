#include "server/dispatch/clients/blocked_clients.hpp"

#include <memory>
#include <string>
#include <variant>

#include "server/dispatch/requests/command.hpp"

namespace sluice::dispatch {

void BlockedClients::park(Session& session, ParkedCommand command) {
  command.arrival = ++last_arrival_;
  session.parked = std::make_unique<ParkedCommand>(std::move(command));
  if (parked_count_++ == 0) feed_.begin_interest();
  const ParkedCommand& parked = *session.parked;
  try {
    for (const std::string_view key : parked.keys) {
      waiting_.try_emplace({parked.database, key}).first->second.emplace(parked.arrival, &session);
      if (parked.wakes_on_absence) ++absence_awaited_.try_emplace({parked.database, key}).first->second;
    }
    if (parked.deadline_ms != 0) deadlines_.emplace(parked.deadline_ms, &session);
  } catch (...) {
    unpark(session);
    throw;
  }
}

void BlockedClients::release(Session& session, SharedBytes reply) {
  unpark(session);
  session.last_interaction_ms = clock_.now_ms();
  if (session.reply_mode == ReplyMode::on) {
    session.reply_late(std::move(reply));
  } else if (session.reply_mode == ReplyMode::skip_this) {
    session.reply_mode = ReplyMode::on;
  }
  session.control->resume();
}

void BlockedClients::time_out(Session& session) {
  protocol::ReplyBuffer buffer;
  protocol::ReplyWriter writer(buffer, session.protocol);
  if (session.parked->on_timeout != nullptr) {
    session.parked->on_timeout(writer);
  } else {
    writer.null_array();
  }
  answer(session, false, std::make_shared<const std::string>(buffer.view()));
}

void BlockedClients::fail(Session& session, std::string_view error_line) {
  protocol::ReplyBuffer buffer;
  protocol::ReplyWriter(buffer, session.protocol).error(error_line);
  answer(session, true, std::make_shared<const std::string>(buffer.view()));
}

void BlockedClients::answer(Session& session, bool is_error, SharedBytes reply) {
  ++session.commands_processed;
  ++statistics_.commands_processed;
  if (const auto* command = std::get_if<BlockingCommand>(&session.parked->request.command())) {
    CommandStatistics& statistics = statistics_.by_command[command->registered->number];
    ++statistics.calls;
    if (is_error) ++statistics.failed_calls;
  }
  release(session, std::move(reply));
}

void BlockedClients::on_conversations_ended(Session& session) {
  if (session.parked) unpark(session);
}

// Also of a session that is entered only in part.
void BlockedClients::unpark(Session& session) {
  const std::unique_ptr<ParkedCommand> command = std::move(session.parked);
  for (const std::string_view key : command->keys) {
    const DatabaseKeyView name{command->database, key};
    const auto found = waiting_.find(name);
    if (found == waiting_.end()) continue;
    const bool was_entered = found->second.erase(command->arrival) > 0;
    if (found->second.empty()) waiting_.erase(found);
    const auto absence = absence_awaited_.find(name);
    if (!command->wakes_on_absence || !was_entered || absence == absence_awaited_.end()) continue;
    if (--absence->second == 0) absence_awaited_.erase(absence);
  }
  if (command->deadline_ms != 0) deadlines_.erase({command->deadline_ms, &session});
  if (--parked_count_ == 0) feed_.end_interest();
}

DatabaseKey BlockedClients::take_ready() {
  DatabaseKey key = std::move(ready_.front());
  ready_.pop_front();
  ready_set_.erase(key);
  return key;
}

Session* BlockedClients::next_waiting(const DatabaseKeyView& key, std::uint64_t& arrival) const {
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
  const auto found = waiting_.find(DatabaseKeyView{database, key});
  if (found == waiting_.end() || ready_set_.contains(found->first)) return;
  const auto [entered, is_new] = ready_set_.insert(found->first);
  try {
    ready_.push_back(found->first);
  } catch (...) {
    ready_set_.erase(entered);
    throw;
  }
}

void BlockedClients::on_database_cleared(int database) {
  for (const auto& [key, count] : absence_awaited_) {
    if (key.database == database) on_key_changed(database, key.key);
  }
}

void BlockedClients::on_databases_swapped(int first, int second) {
  for (const auto& [key, waiters] : waiting_) {
    if (key.database == first || key.database == second) on_key_changed(key.database, key.key);
  }
}

}  // namespace sluice::dispatch
