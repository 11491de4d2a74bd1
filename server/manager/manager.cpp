#include "server/manager/manager.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "server/base/clock.hpp"
#include "server/net/spawn.hpp"

namespace sluice::manager {

namespace asio = boost::asio;
using dispatch::Batch;
using net::Awaitable;

Manager::Manager(net::IoExecutor executor, net::BatchChannel& channel, std::vector<net::CompletionQueue*> completions,
                 const dispatch::ServerParts& parts)
    : channel_(channel),
      clock_(parts.clock),
      rounds_(parts),
      timer_(executor),
      completions_(std::move(completions)),
      wait_timer_(executor),
      rounds_ticks_max_(static_cast<std::uint64_t>(base::ticks_per_us() * rounds_us_max)) {}

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
  clock_.refresh();
  net::spawn(timer_.get_executor(), keep_timers());
}

void Manager::finish() {
  is_running_ = false;
  timer_.cancel();
  wait_timer_.cancel();
}

// Runs what the channel holds, for some rounds and some time, so that sockets, timers and signals are looked at in
// between; returns whether there is more.
bool Manager::run_rounds(net::Readiness& readiness) {
  constexpr int rounds_max = 8;
  const std::uint64_t started_ticks = base::read_ticks();
  for (int rounds = 0; rounds < rounds_max && channel_.size() > 0; ++rounds) {
    run_round();
    if (base::read_ticks() - started_ticks < rounds_ticks_max_) continue;
    readiness.end_turn();
    break;
  }
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
  clock_.refresh();
  // Enough batches to prefetch across, few enough that the first need not wait long for the others.
  constexpr std::size_t slice_batches_max = 32;
  for (std::span<Batch* const> rest(taken_); !rest.empty();) {
    const auto slice = rest.first(std::min(rest.size(), slice_batches_max));
    rounds_.run(slice);
    flush_completions();
    rest = rest.subspan(slice.size());
  }
  arm_wait_timer();
}

void Manager::flush_completions() {
  for (net::CompletionQueue* queue : completions_) queue->flush();
}

void Manager::end_pause() {
  rounds_.unpause_clients();
  flush_completions();
}

// Sets the timer to the moment when the first blocked client's time is over.
void Manager::arm_wait_timer() {
  const std::optional<std::int64_t> next_ms = rounds_.next_deadline_ms();
  if (next_ms == wait_timer_ms_) return;
  wait_timer_ms_ = next_ms;
  if (!next_ms) {
    wait_timer_.cancel();
    return;
  }
  // Not further ahead than timers can count; fired too early, it is set again.
  constexpr std::int64_t ahead_ms_max = 24LL * 3600 * 1000;
  const std::int64_t ahead_ms = std::clamp<std::int64_t>(*next_ms - clock_.now_ms(), 0, ahead_ms_max);
  wait_timer_.expires_after(std::chrono::milliseconds(ahead_ms));
  wait_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || !is_running_) return;
    wait_timer_ms_.reset();
    clock_.refresh();
    rounds_.end_due_waits();
    flush_completions();
    arm_wait_timer();
  });
}

Awaitable<> Manager::keep_timers() {
  while (is_running_) {
    const std::int64_t wait_us = rounds_.keep(base::monotonic_us());
    flush_completions();
    timer_.expires_after(std::chrono::microseconds(wait_us));
    auto wait = timer_.async_wait(asio::as_tuple(asio::deferred));
    co_await std::move(wait);
  }
}

}  // namespace sluice::manager
