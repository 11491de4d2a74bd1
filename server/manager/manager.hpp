#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "server/dispatch/batch.hpp"
#include "server/dispatch/executor.hpp"
#include "server/net/asio_types.hpp"
#include "server/net/envelope.hpp"

namespace sluice::manager {

// The one task that owns the store. Takes what the channel holds, runs all of it, answers, and starts again; in between
// it keeps the timers. Ends when the channel is closed and empty.
//
// Everything here runs on the thread of `executor`.
class Manager {
 public:
  Manager(net::IoExecutor executor, net::BatchChannel& channel, const dispatch::ExecutorParts& parts);
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  // Awaits the end of the channel.
  net::Awaitable<> run();

  // See dispatch::ServerControl.
  void pause_clients(dispatch::PauseMode mode, std::int64_t until_ms);
  void unpause_clients();
  void set_active_expire(bool is_on) { is_active_expire_on_ = is_on; }

  std::uint64_t operations_per_second() const { return operations_.per_second(); }
  std::uint64_t input_bytes_per_second() const { return input_.per_second(); }
  std::uint64_t output_bytes_per_second() const { return output_.per_second(); }
  std::uint64_t memory_peak_bytes() const { return memory_peak_bytes_; }
  void reset_peak() { memory_peak_bytes_ = 0; }

 private:
  net::Awaitable<> keep_timers();
  void run_round();
  void run_slice(std::span<const net::Envelope> slice);
  void begin(dispatch::Batch& batch);
  void open_session(dispatch::Batch& batch);
  void answer(const net::Envelope& envelope);
  void flush_answers();
  void resume_held();

  void on_tick();
  void close_idle_clients();
  bool reclaim_expired();
  void end_pause_when_due();

  net::BatchChannel& channel_;
  dispatch::ExecutorParts parts_;
  dispatch::Executor executor_;
  net::SteadyTimer timer_;
  bool is_running_ = true;

  std::vector<net::Envelope> taken_;             // of the present round
  std::vector<dispatch::Batch*> runnable_;       // of those, what has commands to run
  std::vector<net::Envelope> held_;              // wait for the end of a pause
  std::vector<net::CompletionQueue*> answered_;  // to be flushed at the end of the round

  std::int64_t pause_until_ms_ = 0;
  bool is_active_expire_on_ = true;

  dispatch::Rate operations_;
  dispatch::Rate input_;
  dispatch::Rate output_;
  std::uint64_t memory_peak_bytes_ = 0;
};

}  // namespace sluice::manager
