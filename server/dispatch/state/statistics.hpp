#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::dispatch {

// The figures of one command in INFO commandstats. Time is in ticks of base::read_ticks().
struct CommandStatistics {
  std::uint64_t calls = 0;
  std::uint64_t ticks = 0;
  std::uint64_t rejected_calls = 0;  // refused before they ran
  std::uint64_t failed_calls = 0;    // ended in an error
};

// Counters since the start or the last CONFIG RESETSTAT. The manager's, except for those that connections count on
// their own threads.
struct Statistics {
  std::uint64_t commands_processed = 0;
  std::uint64_t keyspace_hits = 0;
  std::uint64_t keyspace_misses = 0;
  std::uint64_t error_replies = 0;
  std::uint64_t network_input_bytes = 0;
  std::uint64_t network_output_bytes = 0;  // handed over to be sent, less what connections ended without
  std::uint64_t evicted_clients = 0;       // closed because of maxmemory-clients
  std::uint64_t closed_slow_readers = 0;   // closed because of client-output-buffer-limit
  std::uint64_t closed_large_queries = 0;  // closed because of client-query-buffer-limit
  std::uint64_t reads_processed = 0;
  std::uint64_t writes_processed = 0;  // replies to a batch, or something pushed
  // How many keys, and elements of them, the databases had seen expire when the counting started anew: they count on.
  std::uint64_t expired_keys_before = 0;
  std::uint64_t expired_elements_before = 0;
  std::atomic<std::uint64_t> connections_received = 0;
  std::atomic<std::uint64_t> connections_rejected = 0;

  // By the number that the registry gave each command.
  std::vector<CommandStatistics> by_command;
  // Error replies by their code, "ERR", "WRONGTYPE" …; codes beyond the first 128 are counted together.
  std::map<std::string, std::uint64_t, std::less<>> errors_by_code;

  void count_error(std::string_view code) noexcept;
  void reset();
};

// How fast a counter grew lately: the mean over the last 16 samples, as INFO's instantaneous_… fields.
class Rate {
 public:
  // `counter` as it stands at `now_us` (monotonic).
  void sample(std::uint64_t counter, std::int64_t now_us);
  std::uint64_t per_second() const;

 private:
  static constexpr std::size_t sample_count = 16;
  std::array<std::uint64_t, sample_count> samples_{};
  std::size_t next_ = 0;
  std::uint64_t last_counter_ = 0;
  std::int64_t last_us_ = 0;
};

}  // namespace sluice::dispatch
