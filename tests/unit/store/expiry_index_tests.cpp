#include "server/store/table/expiry_index.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/base/random.hpp"
#include "server/store/keyspace/keyspace.hpp"

using namespace sluice::store;

namespace {

OwnedEntry make_entry(std::int64_t expiry_ms) {
  return Entry::create("key", 0, StringEncoding::raw, expiry_ms);
}

std::vector<OwnedEntry> make_entries(std::size_t count, std::int64_t expiry_max, sluice::base::Random& random) {
  std::vector<OwnedEntry> entries;
  while (entries.size() < count) {
    entries.push_back(make_entry(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(expiry_max)))));
  }
  return entries;
}

// Takes everything that is due out of the index, in the order in which it is listed.
std::vector<std::int64_t> drain(KeyExpiries& index, std::int64_t now_ms) {
  std::vector<std::int64_t> expiries;
  std::array<const Entry*, 50> due{};
  while (const std::size_t count = index.list_due(now_ms, due)) {
    for (const Entry* entry : std::span(due).first(count)) {
      expiries.push_back(*entry->expiry_ms());
      index.erase(entry, *entry->expiry_ms());
    }
  }
  return expiries;
}

void insert(KeyExpiries& index, const Entry& entry) {
  index.reserve();
  index.insert(entry);
}

}  // namespace

TEST_CASE("an empty index has no first expiry and nothing due") {
  KeyExpiries index;
  std::array<const Entry*, 1> due{};
  CHECK_FALSE(index.first_expiry_ms());
  CHECK(index.list_due(1'000'000, due) == 0);
}

TEST_CASE("entries come out in the order of their expiry, and not before it") {
  sluice::base::Random random(1);
  const auto entries = make_entries(20'000, 100'000, random);
  KeyExpiries index;
  for (const OwnedEntry& entry : entries) insert(index, *entry);

  const auto first_half = drain(index, 50'000);
  CHECK(std::ranges::is_sorted(first_half));
  CHECK(first_half.back() <= 50'000);
  CHECK(index.first_expiry_ms() > 50'000);
  const auto second_half = drain(index, 100'000);
  CHECK(std::ranges::is_sorted(second_half));
  CHECK(first_half.size() + second_half.size() == entries.size());
  CHECK(index.size() == 0);
  index.trim();
  CHECK(index.memory_bytes() == 0);
}

TEST_CASE("negative expiries come before all others") {
  const OwnedEntry early = make_entry(-5);
  const OwnedEntry late = make_entry(5);
  KeyExpiries index;
  insert(index, *late);
  insert(index, *early);
  CHECK(index.first_expiry_ms() == -5);
}

TEST_CASE("the index agrees with an ordered set under random inserts and erases") {
  for (const std::int64_t expiry_max : {1, 10, 1'000'000}) {
    CAPTURE(expiry_max);
    sluice::base::Random random(7);
    const auto entries = make_entries(6000, expiry_max, random);
    KeyExpiries index;
    std::set<std::pair<std::int64_t, const Entry*>> model;
    for (int round = 0; round < 120'000; ++round) {
      const Entry& entry = *entries[random.below(entries.size())];
      const std::pair rank{*entry.expiry_ms(), &entry};
      // Thirds of the time grow, shrink and hover, so that leaves split and merge.
      const bool wants_insert = random.below(100) < std::array{90U, 10U, 50U}[static_cast<std::size_t>(round / 40'000)];
      if (wants_insert && model.insert(rank).second) insert(index, entry);
      if (!wants_insert && model.erase(rank) != 0) index.erase(&entry, *entry.expiry_ms());
      if (round % 16 == 0 && !model.empty()) REQUIRE(index.first_expiry_ms() == model.begin()->first);
      REQUIRE(index.size() == model.size());
    }
    CHECK(drain(index, expiry_max).size() == model.size());
  }
}

TEST_CASE("any number of entries may share one expiry") {
  std::vector<OwnedEntry> entries;
  KeyExpiries index;
  for (int number = 0; number < 20'000; ++number) insert(index, *entries.emplace_back(make_entry(1000)));
  for (std::size_t number = 0; number < entries.size(); number += 2) index.erase(entries[number].get(), 1000);
  CHECK(drain(index, 999).empty());
  CHECK(drain(index, 1000).size() == entries.size() / 2);
}

TEST_CASE("an entry costs about nine bytes") {
  sluice::base::Random random(3);
  const auto entries = make_entries(50'000, 1'000'000'000, random);
  KeyExpiries index;
  for (const OwnedEntry& entry : entries) insert(index, *entry);
  CHECK(static_cast<double>(index.memory_bytes()) / static_cast<double>(entries.size()) < 9.5);
}

TEST_CASE("an index of small chunks is small, and right") {
  sluice::base::Random random(4);
  const auto entries = make_entries(5000, 1000, random);
  ExpiryIndex<Entry, KeyExpiry, 8> index;
  index.reserve();
  index.insert(*entries[0]);
  CHECK(index.memory_bytes() < 512);
  for (std::size_t number = 1; number < entries.size(); ++number) {
    index.reserve();
    index.insert(*entries[number]);
  }
  CHECK(static_cast<double>(index.memory_bytes()) / static_cast<double>(entries.size()) < 13);
  std::int64_t before_ms = 0;
  std::array<const Entry*, 50> due{};
  for (std::size_t left = entries.size(); left > 0;) {
    const std::size_t count = index.list_due(1000, due);
    REQUIRE(count > 0);
    for (const Entry* entry : std::span(due).first(count)) {
      REQUIRE(*entry->expiry_ms() >= before_ms);
      before_ms = *entry->expiry_ms();
      index.erase(entry, before_ms);
    }
    left -= count;
  }
  CHECK(index.size() == 0);
}

TEST_CASE("an index that was moved from is empty and can be used") {
  const OwnedEntry entry = make_entry(1);
  KeyExpiries index;
  insert(index, *entry);
  const KeyExpiries other(std::move(index));
  CHECK(other.size() == 1);
  CHECK(index.size() == 0);
  insert(index, *entry);
  CHECK(index.first_expiry_ms() == 1);
}
