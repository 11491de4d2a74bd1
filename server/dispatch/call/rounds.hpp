#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "server/dispatch/call/executor.hpp"
#include "server/dispatch/clients/batch.hpp"
#include "server/dispatch/clients/client_registry.hpp"

namespace sluice::dispatch {

// What the manager does with the batches that come to it, and with the time that passes in between. Knows neither
// sockets nor timers: the manager calls run() when there are batches and keep() when it is time; a test does the same.
class Rounds final : private SessionListener {
 public:
  explicit Rounds(const ServerParts& parts);
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;

  // Takes over the batches, runs their commands, and answers them. Requires a fresh clock.
  void run(std::span<Batch* const> batches);

  // When the first of the clients that wait for keys has to be told that its time is over, as Unix time in ms.
  std::optional<std::int64_t> next_deadline_ms() const { return parts_.blocked.next_deadline_ms(); }
  void end_due_waits() { executor_.end_due_waits(); }

  // Does what is due: the tick, `hz` times a second, and in between some of the reclaiming of expired keys, as long as
  // there are any. Returns in how many microseconds it has to be called again. `now_us`: of base::monotonic_us().
  std::int64_t keep(std::int64_t now_us);
  std::uint64_t ticks() const { return ticks_; }
  // Removes some of what has expired; true if there may be more.
  bool reclaim_expired();

  // See ServerControl.
  void pause_clients(PauseMode mode, std::int64_t until_ms);
  void unpause_clients();
  void set_active_expire(bool is_on) { is_active_expire_on_ = is_on; }
  PauseMode pause() const { return executor_.pause(); }
  // As Unix time.
  std::int64_t pause_until_ms() const { return pause_until_ms_; }

  std::uint64_t operations_per_second() const { return operations_.per_second(); }
  std::uint64_t input_bytes_per_second() const { return input_.per_second(); }
  std::uint64_t output_bytes_per_second() const { return output_.per_second(); }
  std::uint64_t memory_peak_bytes() const { return memory_peak_bytes_; }
  void reset_peak() { memory_peak_bytes_ = 0; }

 private:
  void begin(Batch& batch);
  void open_session(Batch& batch);
  void reserve_room(std::size_t session_count);
  void close_session(const Batch& batch);
  void finish(Batch& batch);
  void answer(Batch& batch);
  void drop_excess(Batch& batch);
  void pause_batch(Batch& batch);
  void on_conversations_ended(Session& session) override;

  void on_tick(std::int64_t now_us);
  void close_idle_clients();
  void note_transfer(Session& session) const;
  void release_idle_buffers();

  ServerParts parts_;
  Executor executor_;
  std::vector<Batch*> runnable_;  // of the present batches, those with commands
  std::vector<Session*> paused_;  // wait for the end of a pause, in the order in which they came

  std::int64_t pause_until_ms_ = 0;
  bool is_active_expire_on_ = true;

  std::int64_t next_tick_us_ = 0;
  std::uint64_t ticks_ = 0;
  Rate operations_;
  Rate input_;
  Rate output_;
  std::uint64_t memory_peak_bytes_ = 0;
  std::uint64_t next_idle_check_id_ = 0;  // where release_idle_buffers() goes on
};

}  // namespace sluice::dispatch
