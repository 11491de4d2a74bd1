#include "server/dispatch/state/statistics.hpp"

#include <algorithm>
#include <new>
#include <numeric>

namespace sluice::dispatch {

void Statistics::reset() {
  commands_processed = keyspace_hits = keyspace_misses = error_replies = 0;
  network_input_bytes = network_output_bytes = reads_processed = writes_processed = 0;
  evicted_clients = closed_slow_readers = closed_large_queries = 0;
  connections_received = 0;
  connections_rejected = 0;
  std::ranges::fill(by_command, CommandStatistics{});
  errors_by_code.clear();
}

void Statistics::count_error(std::string_view code) noexcept {
  // Users choose codes, too: in DEBUG ERROR, and in scripts.
  constexpr std::size_t code_count_max = 128;
  constexpr std::size_t code_bytes_max = 128;
  ++error_replies;
  code = code.substr(0, code_bytes_max);
  try {
    auto found = errors_by_code.find(code);
    if (found == errors_by_code.end()) {
      if (errors_by_code.size() >= code_count_max) code = "ERRORSTATS_OVERFLOW";
      found = errors_by_code.try_emplace(std::string(code), 0).first;
    }
    ++found->second;
  } catch (const std::bad_alloc&) {
    // This error appears in the count of all errors alone.
  }
}

void Rate::sample(std::uint64_t counter, std::int64_t now_us) {
  const std::int64_t elapsed_us = now_us - last_us_;
  if (elapsed_us <= 0) return;
  // A reset counter starts again from 0.
  const std::uint64_t grown = counter >= last_counter_ ? counter - last_counter_ : counter;
  if (last_us_ != 0) {
    samples_[next_] = grown * 1'000'000 / static_cast<std::uint64_t>(elapsed_us);
    next_ = (next_ + 1) % sample_count;
  }
  last_counter_ = counter;
  last_us_ = now_us;
}

std::uint64_t Rate::per_second() const {
  return std::accumulate(samples_.begin(), samples_.end(), std::uint64_t{0}) / sample_count;
}

}  // namespace sluice::dispatch
