#include "server/store/values/element_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "server/base/random.hpp"
#include "tests/support/failing_allocations.hpp"

using namespace sluice::store;
using sluice::tests::FailingAllocations;

namespace {

using Time = std::optional<std::int64_t>;
using Model = std::map<std::string, std::pair<std::string, Time>>;

const sluice::base::KeyHasher hasher(42);

template <bool has_value>
Model content_of(const ElementTable<has_value>& table) {
  Model content;
  table.for_each([&](const Element<has_value>& node) {
    std::string value;
    if constexpr (has_value) value = node.value();
    CHECK(content.emplace(node.key(), std::pair(value, node.time_ms())).second);
  });
  return content;
}

Time first_time_of(const Model& model) {
  Time first;
  for (const auto& [key, content] : model) {
    if (content.second && (!first || *content.second < *first)) first = content.second;
  }
  return first;
}

// What a table keeps in step with its elements.
template <bool has_value>
void check_books(const ElementTable<has_value>& table, const Model& model) {
  REQUIRE(table.size() == model.size());
  REQUIRE(table.first_expiry_ms() == first_time_of(model));
  REQUIRE(table.has_times() == first_time_of(model).has_value());
  // A copy is laid out anew: all but the elements' bytes may differ a little.
  const ElementTable<has_value> copy(table);
  REQUIRE(content_of(copy) == model);
  REQUIRE(copy.first_expiry_ms() == first_time_of(model));
}

template <bool has_value>
struct Bench {
  ElementTable<has_value> table{hasher};
  Model model;
  sluice::base::Random random;
  std::size_t allowance_max = 0;  // of the allocations of a change; 0: no limit
  int failures = 0;

  explicit Bench(std::uint64_t seed) : random(seed) {}

  Time some_time() {
    if (random.below(3) == 0) return std::nullopt;
    return static_cast<std::int64_t>(random.below(1000));
  }

  // Does `work` with the table, of whose allocations one may fail; whether it was done.
  template <class Work>
  bool change(const Work& work) {
    const bool has_failed =
        FailingAllocations::run(allowance_max == 0 ? FailingAllocations::unlimited : random.below(allowance_max), work);
    failures += has_failed ? 1 : 0;
    return !has_failed;
  }

  void put(const std::string& key, const std::string& value, Time time_ms) {
    const Key hashed = table.key_of(key);
    auto* node = table.find(hashed);
    const bool is_done = change([&] {
      if (node == nullptr) {
        table.insert(hashed, has_value ? std::string_view(value) : std::string_view(), time_ms);
      } else if constexpr (has_value) {
        table.assign(hashed.hash, *node, value, time_ms);
      } else {
        table.set_time(hashed.hash, *node, time_ms);
      }
    });
    if (is_done) model[key] = {has_value ? value : std::string(), time_ms};
  }
  void set_time(const std::string& key, Time time_ms) {
    const Key hashed = table.key_of(key);
    auto* node = table.find(hashed);
    REQUIRE((node != nullptr) == model.contains(key));
    if (node == nullptr) return;
    if (change([&] { table.set_time(hashed.hash, *node, time_ms); })) model[key].second = time_ms;
  }
  void erase(const std::string& key) {
    const Key hashed = table.key_of(key);
    const auto* node = table.find(hashed);
    REQUIRE((node != nullptr) == model.contains(key));
    if (node == nullptr) return;
    REQUIRE(change([&] { table.erase(hashed.hash, *node); }));
    model.erase(key);
  }
  void step(std::size_t key_count, unsigned erases_percent) {
    const std::string key = "key" + std::to_string(random.below(key_count));
    if (random.below(100) < erases_percent) return erase(key);
    if (random.below(3) == 0) return set_time(key, some_time());
    put(key, std::string(random.below(40) == 0 ? 300 : random.below(40), 'v'), some_time());
  }
  // Takes out all that are due, in their order; returns how many.
  std::size_t reclaim(std::int64_t now_ms) {
    std::array<const Element<has_value>*, 5> due{};
    std::size_t reclaimed = 0;
    std::int64_t last_ms = std::numeric_limits<std::int64_t>::min();
    while (const std::size_t count = table.list_due(now_ms, due)) {
      for (const auto* node : std::span(due).first(count)) {
        REQUIRE(*node->time_ms() <= now_ms);
        REQUIRE(*node->time_ms() >= last_ms);
        last_ms = *node->time_ms();
        erase(std::string(node->key()));
        ++reclaimed;
      }
    }
    return reclaimed;
  }
};

}  // namespace

TEST_CASE_TEMPLATE("a table agrees with a map under random changes", Flavour, std::true_type, std::false_type) {
  for (const std::size_t key_count : {10U, 3000U}) {
    Bench<Flavour::value> bench(key_count);
    for (int round = 0; round < 40'000; ++round) {
      bench.step(key_count, std::array{20U, 60U}[static_cast<std::size_t>(round / 20'000)]);
      if (round % 4000 == 0) check_books(bench.table, bench.model);
    }
    check_books(bench.table, bench.model);
    const auto is_due = [](const auto& item) { return item.second.second && *item.second.second <= 500; };
    const auto expected = static_cast<std::size_t>(std::ranges::count_if(bench.model, is_due));
    CHECK(bench.reclaim(500) == expected);
    check_books(bench.table, bench.model);
    CHECK(content_of(bench.table) == bench.model);
  }
}

TEST_CASE("emptied, a table is as large as a fresh one") {
  Bench<true> bench(1);
  const std::size_t fresh_bytes = bench.table.memory_bytes();
  for (int round = 0; round < 5000; ++round) bench.step(1000, 10);
  CHECK(bench.table.memory_bytes() > fresh_bytes);
  while (!bench.model.empty()) bench.erase(bench.model.begin()->first);
  CHECK(bench.table.memory_bytes() == fresh_bytes);
}

TEST_CASE("times cost what they take, and nothing while there are none") {
  ElementTable<true> table(hasher);
  for (int number = 0; number < 200; ++number) table.insert(table.key_of("field" + std::to_string(number)), "v", {});
  const std::size_t plain_bytes = table.memory_bytes();
  const Key key = table.key_of("field7");
  table.set_time(key.hash, *table.find(key), 1000);
  CHECK(table.memory_bytes() - plain_bytes < 400);
  CHECK(table.has_times());
  table.set_time(key.hash, *table.find(key), std::nullopt);
  CHECK_FALSE(table.has_times());
  CHECK(table.memory_bytes() == plain_bytes);
}

TEST_CASE("a member of fifteen bytes costs less than 32, a field of 14 with a value of 14 less than 45") {
  ElementTable<false> members(hasher);
  ElementTable<true> fields(hasher);
  constexpr std::size_t count = 50'000;
  for (std::size_t number = 0; number < count; ++number) {
    members.insert(members.key_of("member:" + std::to_string(10'000'000 + number)), {}, std::nullopt);
    fields.insert(fields.key_of("field:" + std::to_string(10'000'000 + number)), "value:" + std::to_string(10'000'000),
                  std::nullopt);
  }
  CHECK(members.memory_bytes() / count < 29);
  CHECK(fields.memory_bytes() / count < 45);
}

TEST_CASE_TEMPLATE("a change for which there is no memory has changed nothing", Flavour, std::true_type,
                   std::false_type) {
  Bench<Flavour::value> bench(3);
  bench.allowance_max = 8;
  for (int round = 0; round < 30'000; ++round) {
    bench.step(400, std::array{10U, 60U, 20U}[static_cast<std::size_t>(round / 10'000)]);
    REQUIRE(bench.table.size() == bench.model.size());
    if (round % 500 == 0) check_books(bench.table, bench.model);
  }
  CHECK(bench.failures > 1000);
  CHECK(content_of(bench.table) == bench.model);
}

TEST_CASE("erasing never fails") {
  Bench<true> bench(4);
  for (int round = 0; round < 4000; ++round) bench.step(2000, 0);
  std::vector<Key> keys;
  const Model model = bench.model;
  for (const auto& [key, content] : model) keys.push_back(bench.table.key_of(key));
  CHECK_FALSE(FailingAllocations::run(0, [&] {
    for (const Key& key : keys) bench.table.erase(key.hash, *bench.table.find(key));
  }));
  CHECK(bench.table.empty());
  CHECK_FALSE(bench.table.has_times());
}

TEST_CASE("a scan meets every element, and can be left early") {
  Bench<false> bench(5);
  for (int round = 0; round < 3000; ++round) bench.step(2000, 0);
  std::set<std::string> met;
  std::uint64_t cursor = 0;
  do {
    cursor = bench.table.scan(cursor, 10, [&](const Element<false>& node) { met.emplace(node.key()); });
  } while (cursor != 0);
  CHECK(met.size() == bench.model.size());
  std::size_t seen = 0;
  CHECK_FALSE(bench.table.for_each_while([&](const Element<false>&) { return ++seen < 100; }));
  CHECK(seen == 100);
  CHECK(bench.table.for_each_while([&](const Element<false>&) { return true; }));
}

TEST_CASE("prefetching finds nothing to complain of, whatever the hashes") {
  Bench<false> bench(6);
  for (int round = 0; round < 1000; ++round) bench.step(2000, 0);
  std::vector<std::uint64_t> hashes;
  for (int number = 0; number < 50; ++number) hashes.push_back(bench.random.next());
  bench.table.prefetch(hashes);
  for (const std::uint64_t hash : hashes) {
    bench.table.prefetch_segment(hash);
    bench.table.prefetch_bucket(hash);
    bench.table.prefetch_node(hash);
  }
  CHECK(content_of(bench.table) == bench.model);
}
