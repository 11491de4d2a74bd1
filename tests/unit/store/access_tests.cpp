#include "server/store/keyspace/access.hpp"

#include <doctest/doctest.h>

using namespace sluice::store;

namespace {

constexpr std::int64_t second_ms = 1000;
constexpr std::int64_t minute_ms = 60 * second_ms;
constexpr std::int64_t now_ms = 1'700'000'000'000;
constexpr AccessSettings lru{};
constexpr AccessSettings lfu{.policy = AccessPolicy::lfu};

Access after_accesses(int count, const AccessSettings& settings, sluice::base::Random& random) {
  Access access = first_access(settings, now_ms);
  for (int number = 0; number < count; ++number) access = next_access(access, settings, now_ms, random);
  return access;
}

}  // namespace

TEST_CASE("an entry is idle since its last access") {
  sluice::base::Random random(1);
  const Access created = first_access(lru, now_ms);
  CHECK(idle_seconds(created, now_ms) == 0);
  CHECK(idle_seconds(created, now_ms + 90 * second_ms) == 90);
  const Access used = next_access(created, lru, now_ms + 60 * second_ms, random);
  CHECK(idle_seconds(used, now_ms + 90 * second_ms) == 30);
}

TEST_CASE("idle time survives the wrap of the 24-bit clock") {
  const std::int64_t before_wrap_ms = std::int64_t{access_mask} * second_ms;
  const Access access = first_access(lru, before_wrap_ms);
  CHECK(access == access_mask);
  CHECK(idle_seconds(access, before_wrap_ms + 10 * second_ms) == 10);
}

TEST_CASE("a new entry counts as used five times, and each of the first accesses counts") {
  sluice::base::Random random(1);
  CHECK(access_frequency(first_access(lfu, now_ms), lfu, now_ms) == 5);
  CHECK(access_frequency(after_accesses(1, lfu, random), lfu, now_ms) == 6);
}

TEST_CASE("the frequency grows with the logarithm of the accesses, and ends at 255") {
  sluice::base::Random random(1);
  const unsigned hundred = access_frequency(after_accesses(100, lfu, random), lfu, now_ms);
  const unsigned thousand = access_frequency(after_accesses(1000, lfu, random), lfu, now_ms);
  CHECK(hundred > 6);
  CHECK(hundred < 20);
  CHECK(thousand > hundred);
  CHECK(thousand < 40);
  CHECK(access_frequency(after_accesses(2'000'000, lfu, random), lfu, now_ms) == 255);
}

TEST_CASE("the frequency decays with idle minutes, down to zero, unless decay is off") {
  const Access access = first_access(lfu, now_ms);
  CHECK(access_frequency(access, lfu, now_ms + 2 * minute_ms) == 3);
  CHECK(access_frequency(access, lfu, now_ms + 100 * minute_ms) == 0);
  AccessSettings slow = lfu;
  slow.lfu_decay_minutes = 10;
  CHECK(access_frequency(access, slow, now_ms + 25 * minute_ms) == 3);
  slow.lfu_decay_minutes = 0;
  CHECK(access_frequency(access, slow, now_ms + 1000 * minute_ms) == 5);
}
