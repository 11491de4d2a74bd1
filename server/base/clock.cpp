#include "server/base/clock.hpp"

#include <chrono>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace sluice::base {

namespace {

template <class SomeClock>
std::int64_t microseconds() {
  return std::chrono::duration_cast<std::chrono::microseconds>(SomeClock::now().time_since_epoch()).count();
}

double measure_ticks_per_us() {
  const std::int64_t start_us = monotonic_us();
  const std::uint64_t start_ticks = read_ticks();
  std::int64_t elapsed_us = 0;
  while (elapsed_us < 1000) elapsed_us = monotonic_us() - start_us;
  return static_cast<double>(read_ticks() - start_ticks) / static_cast<double>(elapsed_us);
}

}  // namespace

void Clock::refresh() {
  if (!stands_still_) now_us_ = microseconds<std::chrono::system_clock>();
}

std::int64_t monotonic_us() {
  return microseconds<std::chrono::steady_clock>();
}

std::uint64_t read_ticks() {
#if defined(__x86_64__)
  return __rdtsc();
#elif defined(__aarch64__)
  std::uint64_t ticks = 0;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return static_cast<std::uint64_t>(monotonic_us());
#endif
}

double ticks_per_us() {
  static const double rate = measure_ticks_per_us();
  return rate;
}

}  // namespace sluice::base
