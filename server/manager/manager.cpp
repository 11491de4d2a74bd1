#include "server/manager/manager.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <span>
#include <utility>

#include "server/base/memory.hpp"
#include "server/dispatch/clients/blocked_clients.hpp"
#include "server/dispatch/clients/client_limits.hpp"
#include "server/net/spawn.hpp"

namespace sluice::manager {

namespace asio = boost::asio;
using dispatch::Batch;
using dispatch::PauseMode;
using net::Awaitable;
using net::Envelope;

Manager::Manager(net::IoExecutor executor, net::BatchChannel& channel, std::vector<net::CompletionQueue*> completions,
                 const dispatch::ServerParts& parts)
    : channel_(channel),
      parts_(parts),
      executor_(parts),
      timer_(executor),
      completions_(std::move(completions)),
      wait_timer_(executor) {
  parts_.clients.add_listener(*this);
}

Awaitable<> Manager::run() {
  start();
  while (true) {
    const bool has_items = co_await channel_.wait_for_items();
    if (!has_items) break;
    run_round();
  }
  finish();
}

Awaitable<> Manager::run_after(net::Readiness& readiness) {
  start();
  readiness.set_after_events([this, &readiness] { return run_rounds(readiness); });
  channel_.set_items_listener([&readiness] { readiness.run_soon(); });
  if (channel_.size() > 0 || channel_.is_closed()) readiness.run_soon();
  co_await ended_.wait();
  finish();
}

void Manager::start() {
  parts_.clock.refresh();
  net::spawn(timer_.get_executor(), keep_timers());
}

void Manager::finish() {
  is_running_ = false;
  timer_.cancel();
  wait_timer_.cancel();
}

// Runs what the channel holds, for some rounds; returns whether there is more.
bool Manager::run_rounds(net::Readiness& readiness) {
  constexpr int rounds_max = 8;
  for (int rounds = 0; rounds < rounds_max && channel_.size() > 0; ++rounds) run_round();
  if (channel_.size() > 0) return true;
  if (channel_.is_closed() && is_running_) {
    readiness.end_turn();
    asio::post(timer_.get_executor(), [this] { ended_.fulfil(); });
  }
  return false;
}

void Manager::run_round() {
  taken_.clear();
  if (!channel_.try_receive(taken_)) return;
  parts_.clock.refresh();
  // Enough batches to prefetch across, few enough that the first need not wait long for the others.
  constexpr std::size_t slice_batches_max = 32;
  for (std::span<const Envelope> rest(taken_); !rest.empty();) {
    const auto slice = rest.first(std::min(rest.size(), slice_batches_max));
    run_slice(slice);
    rest = rest.subspan(slice.size());
  }
  arm_wait_timer();
}

void Manager::run_slice(std::span<const Envelope> slice) {
  runnable_.clear();
  for (const Envelope& envelope : slice) begin(*envelope.batch);
  executor_.run(runnable_);
  for (const Envelope& envelope : slice) answer(envelope);
  parts_.limits.close_exceeding();
  flush_completions();
}

// Takes over what the Handler tells with the batch.
void Manager::begin(Batch& batch) {
  dispatch::Session& session = *batch.session;
  session.batch = &batch;
  if (batch.purpose == Batch::Purpose::open_session) return open_session(batch);
  if (batch.purpose == Batch::Purpose::close_session) return close_session(batch);
  const std::size_t received_bytes = std::exchange(batch.received_bytes, 0);
  session.network_input_bytes += received_bytes;
  session.argument_bytes = batch.list_bytes();
  session.last_interaction_ms = parts_.clock.now_ms();
  session.holds_buffers = true;
  parts_.statistics.network_input_bytes += received_bytes;
  if (received_bytes > 0) ++parts_.statistics.reads_processed;
  parts_.limits.on_received(session);
  runnable_.push_back(&batch);
}

void Manager::open_session(Batch& batch) {
  dispatch::Session& session = *batch.session;
  session.created_ms = session.last_interaction_ms = parts_.clock.now_ms();
  session.is_authenticated = !parts_.settings.requires_password;
  batch.is_authenticated = session.is_authenticated;
  parts_.clients.add(session);
}

void Manager::close_session(const Batch& batch) {
  if (batch.is_query_too_large) parts_.limits.note_large_query(*batch.session);
  // Figures may have been reset since it was handed over.
  std::uint64_t& output_bytes = parts_.statistics.network_output_bytes;
  output_bytes -= std::min<std::uint64_t>(output_bytes, batch.session->control->owed_bytes());
  parts_.clients.remove(*batch.session);
}

void Manager::answer(const Envelope& envelope) {
  Batch& batch = *envelope.batch;
  dispatch::Session& session = *batch.session;
  if (batch.purpose == Batch::Purpose::run_commands) {
    // A parked batch is not held as well: it would be resumed twice.
    if (!batch.is_waiting && executor_.is_held(batch)) hold(batch);
    batch.is_authenticated = session.is_authenticated || !parts_.settings.requires_password;
    session.reply_buffer_bytes = batch.replies.capacity();
    session.reply_bytes_peak = std::max(session.reply_bytes_peak, batch.replies.size());
    drop_excess(batch);
  }
  session.batch = nullptr;
  if (!batch.replies.empty()) {
    session.output_bytes += batch.replies.size();
    parts_.limits.on_handed_over(batch.replies.size());
  }
  envelope.outbox->note_answer(batch.replies.size());
  envelope.completions->add(*envelope.sender, &net::Answerable::on_answered);
}

// A connection that is ended because it is owed too much does not get the replies that made it so.
void Manager::drop_excess(Batch& batch) {
  parts_.limits.on_owed(*batch.session);
  if (parts_.limits.is_exceeding(*batch.session)) batch.drop_replies();
}

// The batch goes back with the replies that it has, and comes again when the pause is over.
void Manager::hold(Batch& batch) {
  batch.is_waiting = true;
  batch.session->is_held = true;
  held_.push_back(batch.session);
}

void Manager::flush_completions() {
  for (net::CompletionQueue* queue : completions_) queue->flush();
}

void Manager::pause_clients(PauseMode mode, std::int64_t until_ms) {
  executor_.set_pause(std::max(executor_.pause(), mode));
  pause_until_ms_ = std::max(pause_until_ms_, until_ms);
}

void Manager::unpause_clients() {
  executor_.set_pause(PauseMode::none);
  pause_until_ms_ = 0;
  for (dispatch::Session* session : std::exchange(held_, {})) {
    session->is_held = false;
    session->last_interaction_ms = parts_.clock.now_ms();
    session->control->resume();
  }
}

void Manager::on_conversations_ended(dispatch::Session& session) {
  if (std::exchange(session.is_held, false)) std::erase(held_, &session);
}

// Sets the timer to the moment when the first blocked client's time is over.
void Manager::arm_wait_timer() {
  const std::optional<std::int64_t> next_ms = parts_.blocked.next_deadline_ms();
  if (next_ms == wait_timer_ms_) return;
  wait_timer_ms_ = next_ms;
  if (!next_ms) {
    wait_timer_.cancel();
    return;
  }
  // Not further ahead than timers can count; fired too early, it is set again.
  constexpr std::int64_t ahead_ms_max = 24 * 3600 * 1000;
  const std::int64_t ahead_ms = std::clamp<std::int64_t>(*next_ms - parts_.clock.now_ms(), 0, ahead_ms_max);
  wait_timer_.expires_after(std::chrono::milliseconds(ahead_ms));
  wait_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || !is_running_) return;
    wait_timer_ms_.reset();
    parts_.clock.refresh();
    executor_.end_due_waits();
    flush_completions();
    arm_wait_timer();
  });
}

Awaitable<> Manager::keep_timers() {
  while (is_running_) {
    const auto interval = std::chrono::milliseconds(1000 / parts_.settings.hz);
    const bool has_more = is_active_expire_on_ && executor_.pause() == PauseMode::none && reclaim_expired();
    timer_.expires_after(has_more ? std::chrono::milliseconds(1) : interval);
    auto wait = timer_.async_wait(asio::as_tuple(asio::deferred));
    co_await std::move(wait);
    if (is_running_) on_tick();
  }
}

void Manager::on_tick() {
  parts_.clock.refresh();
  const std::int64_t now_us = base::monotonic_us();
  operations_.sample(parts_.statistics.commands_processed, now_us);
  input_.sample(parts_.statistics.network_input_bytes, now_us);
  output_.sample(parts_.statistics.network_output_bytes, now_us);
  memory_peak_bytes_ = std::max<std::uint64_t>(memory_peak_bytes_, base::memory_figures().allocated);
  if (parts_.settings.timeout > 0) close_idle_clients();
  release_idle_buffers();
  parts_.limits.on_tick();
  if (executor_.pause() != PauseMode::none && parts_.clock.now_ms() >= pause_until_ms_) unpause_clients();
  flush_completions();
}

void Manager::close_idle_clients() {
  const std::int64_t idle_since_ms = parts_.clock.now_ms() - parts_.settings.timeout * 1000;
  for (const auto& [id, session] : parts_.clients) {
    note_transfer(*session);
    const bool converses =
        session->parked != nullptr || session->is_held || session->subscriptions != nullptr || session->is_monitor;
    if (!converses && session->last_interaction_ms < idle_since_ms) session->control->request_close();
  }
}

// A large request or reply on its way is no silence, however long it takes.
void Manager::note_transfer(dispatch::Session& session) const {
  const std::size_t received_bytes = session.control->input_buffer().used_bytes;
  const std::size_t owed_bytes = session.control->owed_bytes();
  if (received_bytes == session.seen_received_bytes && owed_bytes == session.seen_owed_bytes) return;
  session.seen_received_bytes = received_bytes;
  session.seen_owed_bytes = owed_bytes;
  session.last_interaction_ms = parts_.clock.now_ms();
}

// Has some of the connections that have been quiet for a while give back the memory of their buffers.
void Manager::release_idle_buffers() {
  constexpr std::int64_t quiet_ms = 2000;
  // Few enough that a tick stays short, enough to come round to many thousands within seconds.
  constexpr int sessions_per_tick_max = 1000;
  const std::int64_t quiet_since_ms = parts_.clock.now_ms() - quiet_ms;
  auto next = parts_.clients.from(next_idle_check_id_);
  for (int count = 0; count < sessions_per_tick_max && next != parts_.clients.end(); ++count, ++next) {
    dispatch::Session& session = *next->second;
    const bool is_at_work = session.batch != nullptr || session.parked != nullptr || session.is_held;
    if (!session.holds_buffers || is_at_work || session.last_interaction_ms > quiet_since_ms) continue;
    session.holds_buffers = false;
    session.argument_bytes = session.reply_buffer_bytes = 0;
    session.control->release_buffers();
  }
  next_idle_check_id_ = next == parts_.clients.end() ? 0 : next->first;
}

// Removes some of what has expired; true if there may be more.
bool Manager::reclaim_expired() {
  // Few enough to take well under a millisecond.
  constexpr std::size_t keys_per_step_max = 1000;
  const std::size_t count = executor_.reclaim_expired(keys_per_step_max);
  if (count > 0) flush_completions();
  return count == keys_per_step_max;
}

}  // namespace sluice::manager
