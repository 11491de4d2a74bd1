#pragma once

#include <cstdint>

namespace sluice::base {

// The time that commands see: Unix time in milliseconds, read from the system only when refresh() is called, so that
// commands that run together agree on it and none of them pays for asking. Owned by the manager; tests have it stand
// still and set it.
class Clock {
 public:
  std::int64_t now_ms() const { return now_us_ / 1000; }
  std::int64_t now_us() const { return now_us_; }

  void refresh();
  // From now on the time changes only when it is set.
  void stand_still() { stands_still_ = true; }
  void set_ms(std::int64_t unix_ms) { now_us_ = unix_ms * 1000; }
  void advance_ms(std::int64_t by_ms) { now_us_ += by_ms * 1000; }

 private:
  std::int64_t now_us_ = 0;
  bool stands_still_ = false;
};

// A time that never goes back, in microseconds from an arbitrary start.
std::int64_t monotonic_us();

// A counter that runs at a constant rate and costs a few nanoseconds to read; for measuring how long commands take.
std::uint64_t read_ticks();
// Ticks per microsecond; measured once, on the first call (takes about a millisecond).
double ticks_per_us();

}  // namespace sluice::base
