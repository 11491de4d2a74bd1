#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "server/store/table/hash_table.hpp"
#include "tests/unit/store/table_support.hpp"

using namespace sluice::store;
using namespace sluice::store::tests;

namespace {

constexpr std::uint64_t cursor_end = std::uint64_t{1} << 52;

// Iterates to the end, calling between(step) after every step; returns how often each key was visited.
template <class Between>
std::map<std::string, int> scan_all(const Table& table, std::size_t count, const Between& between) {
  std::map<std::string, int> visits;
  std::uint64_t cursor = 0;
  int step = 0;
  do {
    cursor = table.scan(cursor, count, [&](const Entry& entry) { ++visits[std::string(entry.key())]; });
    REQUIRE(cursor < cursor_end);
    REQUIRE(step < 1'000'000);
    between(step++);
  } while (cursor != 0);
  return visits;
}

void add_range(Table& table, const Hash& hash, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t number = from; number < to; ++number) add(table, hash, key_name(number));
}

void remove_range(Table& table, const Hash& hash, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t number = from; number < to; ++number) remove(table, hash, key_name(number));
}

void check_visited(const std::map<std::string, int>& visits, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t number = from; number < to; ++number) REQUIRE(visits.contains(key_name(number)));
}

}  // namespace

TEST_CASE("a table at rest is visited exactly once, whatever the hash function and the step") {
  for (const auto& [name, hash] : hashes) {
    for (const std::size_t count : {1UL, 10UL, 100'000UL}) {
      CAPTURE(name);
      CAPTURE(count);
      Table table(hash);
      add_range(table, hash, 0, 2000);
      const auto visits = scan_all(table, count, [](int) {});
      CHECK(visits.size() == 2000);
      for (const auto& [key, times] : visits) REQUIRE(times == 1);
    }
  }
}

TEST_CASE("an empty table ends at once") {
  const Table table(good_hash);
  CHECK(table.scan(0, 10, [](const Entry&) {}) == 0);
}

TEST_CASE("a step visits about as many entries as it was asked for") {
  Table table(good_hash);
  add_range(table, good_hash, 0, 20'000);
  std::size_t visited = 0;
  table.scan(0, 100, [&](const Entry&) { ++visited; });
  CHECK(visited >= 100);
  CHECK(visited < 120);
}

TEST_CASE("any cursor is accepted") {
  Table table(good_hash);
  add_range(table, good_hash, 0, 3000);
  sluice::base::Random random(1);
  for (int round = 0; round < 1000; ++round) {
    const std::uint64_t cursor = random.below(cursor_end);
    const std::uint64_t next = table.scan(cursor, 10, [](const Entry&) {});
    REQUIRE((next == 0 || next > cursor));
    REQUIRE(next < cursor_end);
  }
}

TEST_CASE("nothing that stays is missed while the table grows a hundredfold") {
  for (const auto& [name, hash] : {hashes[0], hashes[5], hashes[6]}) {
    CAPTURE(name);
    Table table(hash);
    add_range(table, hash, 0, 500);
    std::uint64_t next = 1000;
    const auto visits = scan_all(table, 5, [&](int step) {
      if (step >= 50) return;
      add_range(table, hash, next, next + 1000);
      next += 1000;
    });
    check_visited(visits, 0, 500);
  }
}

TEST_CASE("nothing that stays is missed while the table shrinks to a hundredth") {
  for (const auto& [name, hash] : {hashes[0], hashes[5], hashes[6]}) {
    CAPTURE(name);
    Table table(hash);
    add_range(table, hash, 0, 50'000);
    std::uint64_t next = 500;
    const auto visits = scan_all(table, 100, [&](int step) {
      if (step % 2 == 1 || next >= 50'000) return;
      remove_range(table, hash, next, next + 500);
      next += 500;
    });
    check_visited(visits, 0, 500);
  }
}

TEST_CASE("nothing that stays is missed while the table grows and shrinks by turns") {
  Table table(good_hash);
  add_range(table, good_hash, 0, 1000);
  const auto visits = scan_all(table, 3, [&](int step) {
    if (step % 8 == 0) add_range(table, good_hash, 10'000, 14'000);
    if (step % 8 == 4) remove_range(table, good_hash, 10'000, 14'000);
  });
  check_visited(visits, 0, 1000);
}
