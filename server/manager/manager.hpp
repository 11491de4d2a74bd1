#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "server/dispatch/call/executor.hpp"
#include "server/dispatch/clients/batch.hpp"
#include "server/dispatch/clients/client_registry.hpp"
#include "server/net/asio_types.hpp"
#include "server/net/envelope.hpp"
#include "server/net/oneshot.hpp"
#include "server/net/readiness.hpp"

namespace sluice::manager {

// The one task that owns the store. Takes what the channel holds, runs all of it, answers, and starts again; in between
// it keeps the timers. Ends when the channel is closed and empty.
//
// Everything here runs on the thread of `executor`.
class Manager final : private dispatch::SessionListener {
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

  // See dispatch::ServerControl.
  void pause_clients(dispatch::PauseMode mode, std::int64_t until_ms);
  void unpause_clients();
  // The same from outside of a round.
  void end_pause() {
    unpause_clients();
    flush_completions();
  }
  void set_active_expire(bool is_on) { is_active_expire_on_ = is_on; }

  std::uint64_t operations_per_second() const { return operations_.per_second(); }
  std::uint64_t input_bytes_per_second() const { return input_.per_second(); }
  std::uint64_t output_bytes_per_second() const { return output_.per_second(); }
  std::uint64_t memory_peak_bytes() const { return memory_peak_bytes_; }
  void reset_peak() { memory_peak_bytes_ = 0; }

 private:
  void start();
  void finish();
  net::Awaitable<> keep_timers();
  bool run_rounds(net::Readiness& readiness);
  void run_round();
  void run_slice(std::span<const net::Envelope> slice);
  void begin(dispatch::Batch& batch);
  void open_session(dispatch::Batch& batch);
  void close_session(const dispatch::Batch& batch);
  void answer(const net::Envelope& envelope);
  void drop_excess(dispatch::Batch& batch);
  void hold(dispatch::Batch& batch);
  void flush_completions();
  void arm_wait_timer();
  void on_conversations_ended(dispatch::Session& session) override;

  void on_tick();
  void close_idle_clients();
  void note_transfer(dispatch::Session& session) const;
  void release_idle_buffers();
  bool reclaim_expired();

  net::BatchChannel& channel_;
  dispatch::ServerParts parts_;
  dispatch::Executor executor_;
  net::SteadyTimer timer_;
  bool is_running_ = true;

  std::vector<net::CompletionQueue*> completions_;
  net::SteadyTimer wait_timer_;                // for the blocked client whose time is over first
  std::optional<std::int64_t> wait_timer_ms_;  // what it is set to
  net::Oneshot ended_;

  std::vector<net::Envelope> taken_;        // of the present round
  std::vector<dispatch::Batch*> runnable_;  // of those, what has commands to run
  std::vector<dispatch::Session*> held_;    // wait for the end of a pause, in the order in which they came

  std::int64_t pause_until_ms_ = 0;
  bool is_active_expire_on_ = true;

  dispatch::Rate operations_;
  dispatch::Rate input_;
  dispatch::Rate output_;
  std::uint64_t memory_peak_bytes_ = 0;
  std::uint64_t next_idle_check_id_ = 0;  // where release_idle_buffers() goes on
};

}  // namespace sluice::manager
