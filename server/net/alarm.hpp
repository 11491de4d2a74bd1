#pragma once

#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdint>

namespace sluice::net {

// A timer that is a descriptor: readable once its time has come. Owns the descriptor.
class Alarm {
 public:
  // The descriptor is negative, and errno says why, if the system has none left.
  Alarm() : descriptor_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {}
  ~Alarm() { ::close(descriptor_); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  int descriptor() const { return descriptor_; }

  // `at_us` in the time of base::monotonic_us(). Replaces what was set before.
  void set(std::int64_t at_us) {
    constexpr std::int64_t us_per_second = 1'000'000;
    const itimerspec time{.it_interval = {}, .it_value = {at_us / us_per_second, at_us % us_per_second * 1000}};
    ::timerfd_settime(descriptor_, TFD_TIMER_ABSTIME, &time, nullptr);
  }

 private:
  int descriptor_;
};

}  // namespace sluice::net
