#include "server/dispatch/call/rounds.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "server/base/clock.hpp"
#include "server/base/memory.hpp"
#include "server/base/reserve.hpp"
#include "server/dispatch/clients/blocked_clients.hpp"
#include "server/dispatch/clients/client_limits.hpp"

namespace sluice::dispatch {

Rounds::Rounds(const ServerParts& parts) : parts_(parts), executor_(parts) {
  parts_.clients.add_listener(*this);
}

void Rounds::run(std::span<Batch* const> batches) {
  runnable_.clear();
  for (Batch* batch : batches) begin(*batch);
  executor_.run(runnable_);
  for (Batch* batch : batches) finish(*batch);
  parts_.limits.close_exceeding();
}

// Takes over what the Handler tells with the batch.
void Rounds::begin(Batch& batch) {
  Session& session = *batch.session;
  session.place.batch = &batch;
  if (batch.purpose == Batch::Purpose::open_session) return open_session(batch);
  if (batch.purpose == Batch::Purpose::close_session) return close_session(batch);
  const std::size_t received_bytes = std::exchange(batch.received_bytes, 0);
  session.figures.network_input_bytes += received_bytes;
  session.figures.argument_bytes = batch.list_bytes();
  session.figures.last_interaction_ms = parts_.clock.now_ms();
  session.figures.holds_buffers = true;
  parts_.statistics.network_input_bytes += received_bytes;
  if (received_bytes > 0) ++parts_.statistics.reads_processed;
  parts_.limits.on_received(session);
  runnable_.push_back(&batch);
}

void Rounds::open_session(Batch& batch) {
  Session& session = *batch.session;
  session.figures.created_ms = session.figures.last_interaction_ms = parts_.clock.now_ms();
  session.chosen.is_authenticated = !parts_.settings.requires_password;
  batch.is_authenticated = session.chosen.is_authenticated;
  try {
    reserve_room(parts_.clients.size() + 1);
    parts_.clients.add(session);
  } catch (const std::bad_alloc&) {
    session.place.is_closing = true;
    session.control->request_close();
  }
}

// Room for all notes that a round takes of a connection is there from the beginning: so rounds cannot fail.
void Rounds::reserve_room(std::size_t session_count) {
  base::reserve(runnable_, session_count);
  base::reserve(paused_, session_count);
  parts_.limits.reserve_room(session_count);
}

void Rounds::close_session(const Batch& batch) {
  if (batch.is_query_too_large) parts_.limits.note_large_query(*batch.session);
  // Figures may have been reset since it was handed over.
  std::uint64_t& output_bytes = parts_.statistics.network_output_bytes;
  output_bytes -= std::min<std::uint64_t>(output_bytes, batch.session->control->owed_bytes());
  parts_.clients.remove(*batch.session);
}

// The one place where a batch goes back: replies that nobody may see yet would be kept here.
void Rounds::finish(Batch& batch) {
  if (batch.purpose == Batch::Purpose::run_commands) {
    // A parked batch is not paused as well: it would be resumed twice.
    if (!batch.is_waiting && executor_.is_paused(batch)) pause_batch(batch);
    Session& session = *batch.session;
    batch.is_authenticated = session.chosen.is_authenticated || !parts_.settings.requires_password;
    session.figures.reply_buffer_bytes = batch.replies.capacity();
    session.figures.reply_bytes_peak = std::max(session.figures.reply_bytes_peak, batch.replies.size());
    drop_excess(batch);
  }
  answer(batch);
}

void Rounds::answer(Batch& batch) {
  Session& session = *batch.session;
  // The connection gives the memory of such a batch back, see net::Handler.
  if (batch.is_waiting && batch.is_finished()) session.figures.argument_bytes = session.figures.reply_buffer_bytes = 0;
  session.place.batch = nullptr;
  const std::size_t bytes = batch.replies.size();
  if (bytes > 0) {
    session.figures.output_bytes += bytes;
    parts_.limits.on_handed_over(bytes);
  }
  session.control->answered(bytes);
}

// A connection that is ended because it is owed too much does not get the replies that made it so.
void Rounds::drop_excess(Batch& batch) {
  parts_.limits.on_owed(*batch.session);
  if (parts_.limits.is_exceeding(*batch.session)) batch.drop_replies();
}

// The batch goes back with the replies that it has, and comes again when the pause is over.
void Rounds::pause_batch(Batch& batch) {
  batch.is_waiting = true;
  batch.session->conversations.is_paused = true;
  paused_.push_back(batch.session);
}

void Rounds::pause_clients(PauseMode mode, std::int64_t until_ms) {
  executor_.set_pause(std::max(executor_.pause(), mode));
  pause_until_ms_ = std::max(pause_until_ms_, until_ms);
}

void Rounds::unpause_clients() {
  executor_.set_pause(PauseMode::none);
  pause_until_ms_ = 0;
  for (Session* session : paused_) {
    session->conversations.is_paused = false;
    session->figures.last_interaction_ms = parts_.clock.now_ms();
    session->control->resume();
  }
  paused_.clear();
}

void Rounds::on_conversations_ended(Session& session) {
  if (std::exchange(session.conversations.is_paused, false)) std::erase(paused_, &session);
}

// --- What comes with time

std::int64_t Rounds::keep(std::int64_t now_us) {
  constexpr std::int64_t second_us = 1'000'000;
  // Between two steps of reclaiming, so that commands get in between.
  constexpr std::int64_t reclaiming_pause_us = 1000;
  const std::int64_t interval_us = second_us / parts_.settings.hz;
  parts_.clock.refresh();
  if (now_us >= next_tick_us_) {
    on_tick(now_us);
    next_tick_us_ = now_us + interval_us;
  }
  const std::int64_t until_tick_us = std::min(next_tick_us_ - now_us, interval_us);
  return reclaim_expired() ? std::min(until_tick_us, reclaiming_pause_us) : until_tick_us;
}

void Rounds::on_tick(std::int64_t now_us) {
  ++ticks_;
  operations_.sample(parts_.statistics.commands_processed, now_us);
  input_.sample(parts_.statistics.network_input_bytes, now_us);
  output_.sample(parts_.statistics.network_output_bytes, now_us);
  memory_peak_bytes_ = std::max<std::uint64_t>(memory_peak_bytes_, base::memory_figures().allocated);
  if (parts_.settings.timeout > 0) close_idle_clients();
  release_idle_buffers();
  parts_.limits.on_tick();
  if (executor_.pause() != PauseMode::none && parts_.clock.now_ms() >= pause_until_ms_) unpause_clients();
}

void Rounds::close_idle_clients() {
  const std::int64_t idle_since_ms = parts_.clock.now_ms() - parts_.settings.timeout * 1000;
  for (const auto& [id, session] : parts_.clients) {
    note_transfer(*session);
    const bool converses = session->conversations.parked != nullptr || session->conversations.is_paused ||
                           session->conversations.subscriptions != nullptr || session->conversations.is_monitor;
    if (!converses && session->figures.last_interaction_ms < idle_since_ms) session->control->request_close();
  }
}

// A large request or reply on its way is no silence, however long it takes.
void Rounds::note_transfer(Session& session) const {
  const std::size_t received_bytes = session.control->input_buffer().used_bytes;
  const std::size_t owed_bytes = session.control->owed_bytes();
  if (received_bytes == session.figures.seen_received_bytes && owed_bytes == session.figures.seen_owed_bytes) return;
  session.figures.seen_received_bytes = received_bytes;
  session.figures.seen_owed_bytes = owed_bytes;
  session.figures.last_interaction_ms = parts_.clock.now_ms();
}

// Has some of the connections that have been quiet for a while give back the memory of their buffers.
void Rounds::release_idle_buffers() {
  constexpr std::int64_t quiet_ms = 2000;
  // Few enough that a tick stays short, enough to come round to many thousands within seconds.
  constexpr int sessions_per_tick_max = 1000;
  const std::int64_t quiet_since_ms = parts_.clock.now_ms() - quiet_ms;
  auto next = parts_.clients.from(next_idle_check_id_);
  for (int count = 0; count < sessions_per_tick_max && next != parts_.clients.end(); ++count, ++next) {
    Session& session = *next->second;
    const bool is_at_work =
        session.place.batch != nullptr || session.conversations.parked != nullptr || session.conversations.is_paused;
    if (!session.figures.holds_buffers || is_at_work || session.figures.last_interaction_ms > quiet_since_ms) continue;
    session.figures.holds_buffers = false;
    session.figures.argument_bytes = session.figures.reply_buffer_bytes = 0;
    session.control->release_buffers();
  }
  next_idle_check_id_ = next == parts_.clients.end() ? 0 : next->first;
}

bool Rounds::reclaim_expired() {
  // Few enough to take well under a millisecond.
  constexpr std::size_t keys_per_step_max = 1000;
  if (!is_active_expire_on_ || executor_.pause() != PauseMode::none) return false;
  return executor_.reclaim_expired(keys_per_step_max) == keys_per_step_max;
}

}  // namespace sluice::dispatch
