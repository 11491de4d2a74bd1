#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "server/dispatch/call/rounds.hpp"
#include "server/net/asio_types.hpp"
#include "server/net/batch_channel.hpp"
#include "server/net/completion_queue.hpp"
#include "server/net/oneshot.hpp"
#include "server/net/readiness.hpp"

namespace sluice::manager {

// The one task that owns the store. Takes what the channel holds, has the rounds run all of it, tells the connections,
// and starts again; in between it keeps the timers. Ends when the channel is closed and empty.
//
// Everything here runs on the thread of `executor`.
class Manager final {
 public:
  // `completions`: the queues of all I/O threads.
  Manager(net::IoExecutor executor, net::BatchChannel& channel, std::vector<net::CompletionQueue*> completions,
          const dispatch::ServerParts& parts);
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  // Awaits the end of the channel, on a thread of its own.
  net::Awaitable<> run();
  // The same where the connections share the thread: runs after each set of their events.
  net::Awaitable<> run_after(net::Readiness& readiness);

  dispatch::Rounds& rounds() { return rounds_; }
  const dispatch::Rounds& rounds() const { return rounds_; }
  // Ends a pause of the clients from outside of a round.
  void end_pause();

 private:
  void start();
  void finish();
  net::Awaitable<> keep_timers();
  bool run_rounds(net::Readiness& readiness);
  void run_round();
  void flush_completions();
  void arm_wait_timer();

  net::BatchChannel& channel_;
  base::Clock& clock_;
  dispatch::Rounds rounds_;
  net::SteadyTimer timer_;
  bool is_running_ = true;

  std::vector<net::CompletionQueue*> completions_;
  net::SteadyTimer wait_timer_;                // for the blocked client whose time is over first
  std::optional<std::int64_t> wait_timer_ms_;  // the time that it is set to
  net::Oneshot ended_;
  std::vector<dispatch::Batch*> taken_;  // of the present round

  // How long rounds follow each other before sockets, timers and signals are looked at, in ticks of base::read_ticks().
  static constexpr double rounds_us_max = 2000;
  const std::uint64_t rounds_ticks_max_;
};

}  // namespace sluice::manager
