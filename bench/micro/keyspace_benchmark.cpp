// How long look-ups and changes take in a keyspace of a million keys (16 bytes) with values of 64 bytes.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/random.hpp"
#include "server/store/keyspace/keyspace.hpp"

using namespace sluice;

namespace {

constexpr std::size_t key_count = 1'000'000;
constexpr std::size_t group_size = 32;

struct Loaded {
  base::Clock clock;
  store::Reaper reaper;
  store::Ledger ledger;
  store::Keyspace keyspace{base::KeyHasher(base::random_seed()), clock, reaper, ledger};
  std::vector<std::string> names;

  Loaded() {
    clock.refresh();
    const std::string value(64, 'v');
    for (std::size_t number = 0; number < key_count; ++number) {
      const std::string& name = names.emplace_back(fmt::format("key:{:012}", number));
      keyspace.put_string(keyspace.key_of(name), value, store::StringEncoding::raw, store::Keyspace::Expiry::clear);
    }
  }

  // Random keys, their names copied together as if they had just been read from a socket, and hashed.
  std::vector<store::Key> draw(std::size_t count, base::Random& random, std::string& bytes) const {
    bytes.clear();
    for (std::size_t index = 0; index < count; ++index) bytes += names[random.below(key_count)];
    std::vector<store::Key> keys;
    for (std::size_t index = 0; index < count; ++index) {
      keys.push_back(keyspace.key_of(std::string_view(bytes).substr(index * 16, 16)));
    }
    return keys;
  }
};

Loaded& loaded() {
  static const auto store = std::make_unique<Loaded>();
  return *store;
}

// Runs operation(key) for random keys; drawing them is not measured. With prefetching in groups, as the manager does.
template <class Operation>
void run(benchmark::State& state, bool prefetches, const Operation& operation) {
  constexpr std::size_t drawn = group_size * 512;
  Loaded& store = loaded();
  base::Random random(17);
  std::string bytes;
  for (auto _ : state) {
    state.PauseTiming();
    const std::vector<store::Key> keys = store.draw(drawn, random, bytes);
    state.ResumeTiming();
    for (std::size_t first = 0; first < drawn; first += group_size) {
      const auto group = std::span(keys).subspan(first, group_size);
      if (prefetches) {
        std::array<std::uint64_t, group_size> hashes;
        std::ranges::transform(group, hashes.begin(), &store::Key::hash);
        store.keyspace.prefetch(hashes);
      }
      for (const store::Key& key : group) operation(store.keyspace, key);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(drawn));
}

void find(store::Keyspace& keyspace, const store::Key& key) {
  const store::Entry* entry = keyspace.find(key);
  benchmark::DoNotOptimize(entry->string().back());
}

void put(store::Keyspace& keyspace, const store::Key& key) {
  static const std::string value(64, 'w');
  keyspace.put_string(key, value, store::StringEncoding::raw, store::Keyspace::Expiry::clear);
}

void find_one_by_one(benchmark::State& state) {
  run(state, false, find);
}
void find_in_groups(benchmark::State& state) {
  run(state, true, find);
}
void put_one_by_one(benchmark::State& state) {
  run(state, false, put);
}
void put_in_groups(benchmark::State& state) {
  run(state, true, put);
}

void scan_all(benchmark::State& state) {
  Loaded& store = loaded();
  std::uint64_t cursor = 0;
  std::int64_t visited = 0;
  for (auto _ : state) {
    const auto every_key = [](std::string_view) { return true; };
    cursor = store.keyspace.scan(cursor, 10, every_key, [&](const store::Entry&) { ++visited; });
  }
  state.SetItemsProcessed(visited);
}

}  // namespace

BENCHMARK(find_one_by_one);
BENCHMARK(find_in_groups);
BENCHMARK(put_one_by_one);
BENCHMARK(put_in_groups);
BENCHMARK(scan_all);
