#pragma once

#include <cstdint>

#include "server/base/random.hpp"

namespace sluice::store {

// What the 24-bit access field of an entry records: when it was last used, or how often. Redis' two ways of telling
// which entries are worth keeping; all entries of a server follow the same one.
enum class AccessPolicy : std::uint8_t { lru, lfu };

struct AccessSettings {
  AccessPolicy policy = AccessPolicy::lru;
  unsigned lfu_log_factor = 10;    // the higher, the more accesses it takes to raise the counter
  unsigned lfu_decay_minutes = 1;  // the counter falls by one per this many idle minutes; 0: never
};

// The field under `lru`: seconds of Unix time modulo 2^24 (194 days). Under `lfu`: 16 bits of minutes when the counter
// last decayed, then 8 bits of a counter that grows with the logarithm of the accesses.
using Access = std::uint32_t;

inline constexpr Access access_mask = (Access{1} << 24) - 1;

inline Access lru_access(std::int64_t now_ms) {
  return static_cast<Access>(now_ms / 1000) & access_mask;
}

// The field of a new entry, and the field after one more access.
Access first_access(const AccessSettings& settings, std::int64_t now_ms);
Access next_access(Access access, const AccessSettings& settings, std::int64_t now_ms, base::Random& random);

// Seconds since the last access; means something under `lru` only.
std::int64_t idle_seconds(Access access, std::int64_t now_ms);

// The counter (0 … 255) as it stands after decay; means something under `lfu` only.
unsigned access_frequency(Access access, const AccessSettings& settings, std::int64_t now_ms);

}  // namespace sluice::store
