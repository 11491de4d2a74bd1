#include "server/store/table/hash_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/unit/store/table_support.hpp"

using namespace sluice::store;
using namespace sluice::store::tests;

TEST_CASE("a new table is empty and small") {
  const Table table(good_hash);
  CHECK(table.size() == 0);
  CHECK(look_up(table, good_hash, "key") == nullptr);
  CHECK(table.memory_bytes() < 512);
}

TEST_CASE("the table agrees with a map under random operations, whatever the hash function") {
  for (const auto& [name, hash] : hashes) {
    CAPTURE(name);
    Table table(hash);
    std::unordered_map<std::string, const Entry*> model;
    sluice::base::Random random(11);
    constexpr int rounds = 15'000;
    for (int round = 0; round < rounds; ++round) {
      const std::string key = key_name(random.below(1200));
      const auto known = model.find(key);
      REQUIRE(look_up(table, hash, key) == (known == model.end() ? nullptr : known->second));
      // First growing, then shrinking, then neither.
      const bool wants_insert =
          random.below(100) < std::array{90U, 10U, 50U}[static_cast<std::size_t>(round * 3 / rounds)];
      if (wants_insert && known == model.end()) {
        add(table, hash, key);
        model[key] = look_up(table, hash, key);
      } else if (wants_insert) {
        OwnedEntry fresh = Entry::create(key, 1, StringEncoding::raw, std::nullopt);
        const Entry* fresh_address = fresh.get();
        const OwnedEntry old = table.replace(hash(key), *known->second, std::move(fresh));
        REQUIRE(old.get() == known->second);
        known->second = fresh_address;
      } else if (known != model.end()) {
        const OwnedEntry erased = table.erase(hash(key), *known->second);
        REQUIRE(erased.get() == known->second);
        model.erase(known);
      }
      REQUIRE(table.size() == model.size());
    }
    for (const auto& [key, entry] : model) REQUIRE(look_up(table, hash, key) == entry);
  }
}

TEST_CASE("growing by many splits and shrinking again loses nothing") {
  constexpr std::uint64_t count = 60'000;
  Table table(good_hash);
  for (std::uint64_t number = 0; number < count; ++number) add(table, good_hash, key_name(number));
  for (std::uint64_t number = 0; number < count; ++number) {
    REQUIRE(look_up(table, good_hash, key_name(number)) != nullptr);
  }
  for (std::uint64_t number = 0; number < count; ++number) {
    remove(table, good_hash, key_name(number));
    REQUIRE(look_up(table, good_hash, key_name(number)) == nullptr);
    if (number % 1000 == 0) {
      for (std::uint64_t other = number + 1; other < count; other += 777) {
        REQUIRE(look_up(table, good_hash, key_name(other)) != nullptr);
      }
    }
  }
  CHECK(table.size() == 0);
}

TEST_CASE("memory follows the number of entries, up and down") {
  Table table(good_hash);
  const std::size_t empty_bytes = table.memory_bytes();
  for (std::uint64_t number = 0; number < 60'000; ++number) {
    add(table, good_hash, key_name(number));
    // Small tables are a few lines large; from there on an entry costs 9.1 bytes at the best.
    if (number > 2000) REQUIRE(static_cast<double>(table.memory_bytes()) / static_cast<double>(number) < 12.5);
  }
  for (std::uint64_t number = 0; number < 60'000; ++number) remove(table, good_hash, key_name(number));
  CHECK(table.memory_bytes() == empty_bytes);
}

TEST_CASE("a table with a useless hash function does not grow its directory in vain") {
  const Hash hash = hashes[1].hash;
  Table table(hash);
  for (std::uint64_t number = 0; number < 3000; ++number) add(table, hash, key_name(number));
  CHECK(table.memory_bytes() < std::size_t{3000} * 30);
}

TEST_CASE("a table that is reserved for what comes has room for it in any order, whatever the hash function") {
  for (const auto& [name, hash] : hashes) {
    CAPTURE(name);
    for (const std::uint64_t count : {0U, 1U, 7U, 500U, 513U, 5'000U}) {
      std::vector<std::string> keys;
      for (std::uint64_t number = 0; number < count; ++number) keys.push_back(key_name(number));
      std::ranges::sort(keys, {}, [&](const std::string& key) { return hash(key); });
      Table table(hash);
      table.reserve(count);
      CHECK(table.size() == 0);
      for (const std::string& key : keys) add(table, hash, key);
      REQUIRE(table.size() == count);
      for (const std::string& key : keys) REQUIRE(look_up(table, hash, key) != nullptr);
      for (const std::string& key : keys) remove(table, hash, key);
      table.fit();
      CHECK(table.memory_bytes() < 512);
    }
  }
}

TEST_CASE("a reserved table is hardly larger than one that has grown") {
  constexpr std::uint64_t count = 100'000;
  Table grown(good_hash);
  Table reserved(good_hash);
  reserved.reserve(count);
  for (std::uint64_t number = 0; number < count; ++number) {
    add(grown, good_hash, key_name(number));
    add(reserved, good_hash, key_name(number));
  }
  CHECK(reserved.memory_bytes() < grown.memory_bytes() * 5 / 4);
}

TEST_CASE("a table that was reserved for more than came gives the room back") {
  Table table(good_hash);
  table.reserve(1'000'000);
  for (std::uint64_t number = 0; number < 1000; ++number) add(table, good_hash, key_name(number));
  table.fit();
  Table grown(good_hash);
  for (std::uint64_t number = 0; number < 1000; ++number) {
    REQUIRE(look_up(table, good_hash, key_name(number)) != nullptr);
    add(grown, good_hash, key_name(number));
  }
  CHECK(table.memory_bytes() < grown.memory_bytes() * 3 / 2);
  for (std::uint64_t number = 0; number < 1000; ++number) remove(table, good_hash, key_name(number));
  table.fit();
  CHECK(table.memory_bytes() < 512);
}

TEST_CASE("everything is visited once, in the order of the hashes") {
  Table table(good_hash);
  std::set<std::string> expected;
  for (std::uint64_t number = 0; number < 5000; ++number) {
    add(table, good_hash, key_name(number));
    expected.insert(key_name(number));
  }
  std::set<std::string> visited;
  std::uint64_t last_part = 0;
  table.for_each([&](const Entry& entry) {
    REQUIRE(visited.emplace(entry.key()).second);
    // Within a bucket there is no order; a bucket of a table of this size is narrower than a 256th of all hashes.
    const std::uint64_t part = good_hash(entry.key()) >> 56;
    REQUIRE(part + 1 >= last_part);
    last_part = std::max(part, last_part);
  });
  CHECK(visited == expected);
}

TEST_CASE("random entries are chosen about equally often") {
  constexpr std::uint64_t count = 2000;
  constexpr int draws = 200'000;
  Table table(good_hash);
  for (std::uint64_t number = 0; number < count; ++number) add(table, good_hash, key_name(number));
  std::map<std::string_view, int> drawn;
  sluice::base::Random random(5);
  for (int draw = 0; draw < draws; ++draw) ++drawn[table.random_node(random)->key()];
  CHECK(drawn.size() == count);
  for (const auto& [key, times] : drawn) {
    CHECK(times > 40);  // of 100 expected
    CHECK(times < 200);
  }
}

TEST_CASE("a random entry is found in the sparsest of tables") {
  sluice::base::Random random(5);
  for (const auto& [name, hash] : hashes) {
    CAPTURE(name);
    Table table(hash);
    CHECK(table.random_node(random) == nullptr);
    for (std::uint64_t number = 0; number < 3000; ++number) add(table, hash, key_name(number));
    for (std::uint64_t number = 1; number < 3000; ++number) remove(table, hash, key_name(number));
    for (int draw = 0; draw < 100; ++draw) REQUIRE(table.random_node(random)->key() == key_name(0));
  }
}

TEST_CASE("prefetching is harmless for any hashes, and for more of them than it takes") {
  Table table(good_hash);
  for (std::uint64_t number = 0; number < 3000; ++number) add(table, good_hash, key_name(number));
  std::vector<std::uint64_t> hash_values;
  for (std::uint64_t number = 0; number < 6000; ++number) hash_values.push_back(good_hash(key_name(number)));
  const std::span<const std::uint64_t> all(hash_values);
  for (std::size_t first = 0; first < all.size(); first += 30) {
    table.prefetch(all.subspan(first, 30));
    table.prefetch(all.subspan(first));
  }
  table.prefetch({});
  CHECK(table.size() == 3000);
}

TEST_CASE("a table that was moved from is empty and can be used") {
  Table table(good_hash);
  add(table, good_hash, "key");
  const Table other(std::move(table));
  CHECK(look_up(other, good_hash, "key") != nullptr);
  CHECK(table.size() == 0);
  add(table, good_hash, "key");
  CHECK(look_up(table, good_hash, "key") != look_up(other, good_hash, "key"));
}
