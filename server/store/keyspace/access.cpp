#include "server/store/keyspace/access.hpp"

#include <algorithm>

namespace sluice::store {

namespace {

constexpr unsigned counter_max = 255;
// A new entry starts above 0, so that it is not the first to be evicted before anyone could ask for it again.
constexpr unsigned first_counter = 5;

std::uint32_t minutes(std::int64_t now_ms) {
  return static_cast<std::uint32_t>(now_ms / 60000) & 0xffff;
}

Access lfu_access(std::int64_t now_ms, unsigned counter) {
  return (minutes(now_ms) << 8) | counter;
}

}  // namespace

Access first_access(const AccessSettings& settings, std::int64_t now_ms) {
  return settings.policy == AccessPolicy::lru ? lru_access(now_ms) : lfu_access(now_ms, first_counter);
}

Access next_access(Access access, const AccessSettings& settings, std::int64_t now_ms, base::Random& random) {
  if (settings.policy == AccessPolicy::lru) return lru_access(now_ms);
  unsigned counter = access_frequency(access, settings, now_ms);
  if (counter < counter_max) {
    const std::uint64_t above_first = counter > first_counter ? counter - first_counter : 0;
    if (random.below(above_first * settings.lfu_log_factor + 1) == 0) ++counter;
  }
  return lfu_access(now_ms, counter);
}

std::int64_t idle_seconds(Access access, std::int64_t now_ms) {
  return static_cast<std::int64_t>((lru_access(now_ms) - access) & access_mask);
}

unsigned access_frequency(Access access, const AccessSettings& settings, std::int64_t now_ms) {
  const unsigned counter = access & counter_max;
  if (settings.lfu_decay_minutes == 0) return counter;
  const std::uint32_t idle_minutes = (minutes(now_ms) - (access >> 8)) & 0xffff;
  return counter - std::min(counter, idle_minutes / settings.lfu_decay_minutes);
}

}  // namespace sluice::store
