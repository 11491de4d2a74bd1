#include "server/dispatch/clients/blocked_clients.hpp"

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <variant>

#include "server/base/reserve.hpp"
#include "server/dispatch/requests/command.hpp"

namespace sluice::dispatch {

void BlockedClients::park(Session& session, ParkedCommand command) {
  command.arrival = ++last_arrival_;
  base::reserve(ready_, waiting_.size() + command.keys.size());
  session.conversations.parked = std::make_unique<ParkedCommand>(std::move(command));
  if (parked_count_++ == 0) feed_.begin_interest();
  const ParkedCommand& parked = *session.conversations.parked;
  try {
    for (const std::string_view key : parked.keys) {
      waiting_.try_emplace({parked.database, key}).first->second.sessions.emplace(parked.arrival, &session);
      if (parked.wakes_on_absence) ++absence_awaited_.try_emplace({parked.database, key}).first->second;
    }
    if (parked.deadline_ms != 0) deadlines_.emplace(parked.deadline_ms, &session);
  } catch (...) {
    unpark(session);
    throw;
  }
}

// The command has run: for a reply that there is no memory for, the connection ends.
void BlockedClients::release(Session& session, const protocol::ReplyBuffer& reply) {
  SharedBytes bytes;
  try {
    bytes = std::make_shared<const std::string>(reply.view());
  } catch (const std::bad_alloc&) {
    session.lose();
  }
  unpark(session);
  session.figures.last_interaction_ms = clock_.now_ms();
  if (session.chosen.reply_mode == ReplyMode::on) {
    session.reply_late(std::move(bytes));
  } else if (session.chosen.reply_mode == ReplyMode::skip_this) {
    session.chosen.reply_mode = ReplyMode::on;
  }
  session.control->resume();
}

void BlockedClients::time_out(Session& session) {
  protocol::ReplyBuffer buffer;
  protocol::ReplyWriter writer(buffer, session.chosen.protocol);
  if (session.conversations.parked->on_timeout != nullptr) {
    session.conversations.parked->on_timeout(writer);
  } else {
    writer.null_array();
  }
  answer(session, false, buffer);
}

void BlockedClients::fail(Session& session, std::string_view error_line) {
  protocol::ReplyBuffer buffer;
  protocol::ReplyWriter(buffer, session.chosen.protocol).error(error_line);
  answer(session, true, buffer);
}

void BlockedClients::answer(Session& session, bool is_error, const protocol::ReplyBuffer& reply) {
  ++session.figures.commands_processed;
  ++statistics_.commands_processed;
  if (const auto* command = std::get_if<BlockingCommand>(&session.conversations.parked->request.command())) {
    CommandStatistics& statistics = statistics_.by_command[command->registered->number];
    ++statistics.calls;
    if (is_error) ++statistics.failed_calls;
  }
  release(session, reply);
}

void BlockedClients::on_conversations_ended(Session& session) {
  if (session.conversations.parked) unpark(session);
}

// Also of a session that is entered only in part.
void BlockedClients::unpark(Session& session) {
  const std::unique_ptr<ParkedCommand> command = std::move(session.conversations.parked);
  for (const std::string_view key : command->keys) {
    const DatabaseKeyView name{command->database, key};
    const auto found = waiting_.find(name);
    if (found == waiting_.end()) continue;
    const bool was_entered = found->second.sessions.erase(command->arrival) > 0;
    forget_if_unused(found);
    const auto absence = absence_awaited_.find(name);
    if (!command->wakes_on_absence || !was_entered || absence == absence_awaited_.end()) continue;
    if (--absence->second == 0) absence_awaited_.erase(absence);
  }
  if (command->deadline_ms != 0) deadlines_.erase({command->deadline_ms, &session});
  if (--parked_count_ == 0) feed_.end_interest();
}

void BlockedClients::forget_if_unused(Waiting::iterator waited) {
  const Waiters& waiters = waited->second;
  if (waiters.sessions.empty() && !waiters.is_ready && !waiters.is_being_served) waiting_.erase(waited);
}

const DatabaseKey& BlockedClients::begin_serving() {
  const Waiting::iterator first = ready_[next_ready_++];
  if (next_ready_ == ready_.size()) drop_served();
  first->second.is_ready = false;
  first->second.is_being_served = true;
  return first->first;
}

void BlockedClients::end_serving(const DatabaseKey& key) {
  const auto served = waiting_.find(key);
  served->second.is_being_served = false;
  forget_if_unused(served);
}

Session* BlockedClients::next_waiting(const DatabaseKeyView& key, std::uint64_t& arrival) const {
  const auto found = waiting_.find(key);
  if (found == waiting_.end()) return nullptr;
  const auto next = found->second.sessions.upper_bound(arrival);
  if (next == found->second.sessions.end()) return nullptr;
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
  if (found == waiting_.end() || std::exchange(found->second.is_ready, true)) return;
  if (ready_.size() == ready_.capacity()) drop_served();
  ready_.push_back(found);
}

void BlockedClients::drop_served() {
  ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(std::exchange(next_ready_, 0)));
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

void BlockedClients::tell(FigureSection section, FigureSink& sink) const {
  if (section != FigureSection::clients) return;
  sink.field("clients_in_timeout_table", deadlines_.size());
  sink.field("total_blocking_keys", key_count());
  sink.field("total_blocking_keys_on_nokey", absence_key_count());
}

}  // namespace sluice::dispatch
