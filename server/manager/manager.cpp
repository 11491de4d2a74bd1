#include "server/manager/manager.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <span>
#include <utility>

#include "server/base/memory.hpp"
#include "server/dispatch/client_registry.hpp"

namespace sluice::manager {

namespace asio = boost::asio;
using dispatch::Batch;
using dispatch::PauseMode;
using net::Awaitable;
using net::Envelope;

Manager::Manager(net::IoExecutor executor, net::BatchChannel& channel, const dispatch::ExecutorParts& parts)
    : channel_(channel), parts_(parts), executor_(parts), timer_(executor) {}

Awaitable<> Manager::run() {
  parts_.clock.refresh();
  asio::co_spawn(timer_.get_executor(), keep_timers(), asio::detached);
  while (true) {
    const bool has_items = co_await channel_.wait_for_items();
    if (!has_items) break;
    run_round();
  }
  // Nobody is left to be answered, but batches that were held back still hold their Handlers.
  unpause_clients();
  is_running_ = false;
  timer_.cancel();
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
  if (!held_.empty()) resume_held();
  flush_answers();
}

void Manager::run_slice(std::span<const Envelope> slice) {
  runnable_.clear();
  for (const Envelope& envelope : slice) begin(*envelope.batch);
  executor_.run(runnable_);
  for (const Envelope& envelope : slice) answer(envelope);
  flush_answers();
}

// Takes over what the Handler tells with the batch.
void Manager::begin(Batch& batch) {
  dispatch::Session& session = *batch.session;
  if (batch.purpose == Batch::Purpose::open_session) return open_session(batch);
  if (batch.purpose == Batch::Purpose::close_session) return parts_.clients.remove(session);
  const std::size_t received_bytes = std::exchange(batch.received_bytes, 0);
  const std::size_t sent_bytes = std::exchange(batch.sent_bytes, 0);
  session.network_input_bytes += received_bytes;
  session.network_output_bytes += sent_bytes;
  session.query_buffer_used_bytes = batch.query_buffer_used_bytes;
  session.query_buffer_free_bytes = batch.query_buffer_free_bytes;
  session.last_interaction_ms = parts_.clock.now_ms();
  parts_.statistics.network_input_bytes += received_bytes;
  parts_.statistics.network_output_bytes += sent_bytes;
  if (received_bytes > 0) ++parts_.statistics.reads_processed;
  if (sent_bytes > 0) ++parts_.statistics.writes_processed;
  runnable_.push_back(&batch);
}

void Manager::open_session(Batch& batch) {
  dispatch::Session& session = *batch.session;
  session.created_ms = session.last_interaction_ms = parts_.clock.now_ms();
  session.is_authenticated = !parts_.settings.requires_password;
  batch.is_authenticated = session.is_authenticated;
  parts_.clients.add(session);
}

void Manager::answer(const Envelope& envelope) {
  Batch& batch = *envelope.batch;
  if (batch.purpose == Batch::Purpose::run_commands) {
    if (executor_.is_held(batch)) {
      held_.push_back(envelope);
      return;
    }
    dispatch::Session& session = *batch.session;
    batch.is_authenticated = session.is_authenticated || !parts_.settings.requires_password;
    session.reply_buffer_bytes = batch.replies.capacity();
    session.reply_bytes_peak = std::max(session.reply_bytes_peak, batch.replies.size());
  }
  if (std::ranges::find(answered_, envelope.completions) == answered_.end()) answered_.push_back(envelope.completions);
  envelope.completions->complete(*envelope.answered);
}

void Manager::flush_answers() {
  for (net::CompletionQueue* completions : answered_) completions->flush();
  answered_.clear();
}

void Manager::pause_clients(PauseMode mode, std::int64_t until_ms) {
  executor_.set_pause(std::max(executor_.pause(), mode));
  pause_until_ms_ = std::max(pause_until_ms_, until_ms);
}

void Manager::unpause_clients() {
  executor_.set_pause(PauseMode::none);
  pause_until_ms_ = 0;
}

// Runs on what is no longer held back, in the order in which it was put aside.
void Manager::resume_held() {
  if (executor_.pause() != PauseMode::none) {
    // A client that was killed must not wait for the end of the pause.
    const bool has_closing =
        std::ranges::any_of(held_, [](const Envelope& each) { return each.batch->session->is_closing; });
    if (!has_closing) return;
  }
  const std::vector<Envelope> resumed = std::exchange(held_, {});
  runnable_.clear();
  for (const Envelope& envelope : resumed) runnable_.push_back(envelope.batch);
  executor_.run(runnable_);
  for (const Envelope& envelope : resumed) answer(envelope);
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
  end_pause_when_due();
}

void Manager::close_idle_clients() {
  const std::int64_t idle_since_ms = parts_.clock.now_ms() - parts_.settings.timeout * 1000;
  for (const auto& [id, session] : parts_.clients) {
    if (session->last_interaction_ms < idle_since_ms) session->control->request_close();
  }
}

// Removes some of what has expired; true if there may be more.
bool Manager::reclaim_expired() {
  // Few enough to take well under a millisecond.
  constexpr std::size_t keys_per_step_max = 1000;
  return parts_.databases.reclaim_expired(keys_per_step_max) == keys_per_step_max;
}

void Manager::end_pause_when_due() {
  if (executor_.pause() != PauseMode::none && parts_.clock.now_ms() >= pause_until_ms_) unpause_clients();
  if (!held_.empty()) resume_held();
  flush_answers();
}

}  // namespace sluice::manager
