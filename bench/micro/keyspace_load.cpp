// Loads keys into one keyspace and tells what they cost: resident bytes per key, and the slowest single insert.
//
//   keyspace_load KEYS [ttl]
//
// Keys have 16 bytes and values 64; with `ttl` each key has a random expiry within a day. Links jemalloc, as the server
// does.

#include <fmt/format.h>
#include <time.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/base/memory.hpp"
#include "server/base/random.hpp"
#include "server/store/keyspace/keyspace.hpp"

using namespace sluice;

namespace {

constexpr std::int64_t day_ms = 86'400'000;

// Of this thread, so that what else the machine does is not counted.
double cpu_time_us() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

struct Slowest {
  double us = 0;
  std::uint64_t at = 0;
};

Slowest load(store::Keyspace& keyspace, const base::Clock& clock, std::uint64_t key_count, bool with_expiry) {
  const std::string value(64, 'v');
  base::Random random(42);
  Slowest slowest;
  for (std::uint64_t number = 0; number < key_count; ++number) {
    const std::string name = fmt::format("key:{:012}", number);
    const auto expiry =
        with_expiry ? store::Keyspace::Expiry::at(clock.now_ms() + 1 + static_cast<std::int64_t>(random.below(day_ms)))
                    : store::Keyspace::Expiry::clear;
    const store::Key key = keyspace.key_of(name);
    const double start_us = cpu_time_us();
    keyspace.put_string(key, value, store::StringEncoding::raw, expiry);
    const double us = cpu_time_us() - start_us;
    if (us > slowest.us) slowest = {us, number};
  }
  return slowest;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t key_count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const bool with_expiry = argc > 2 && std::string_view(argv[2]) == "ttl";
  base::Clock clock;
  clock.refresh();
  store::Reaper reaper;
  store::Ledger ledger;
  store::Keyspace keyspace(base::KeyHasher(base::random_seed()), clock, reaper, ledger);
  const std::size_t resident_before = base::memory_figures().resident;
  const double start_us = cpu_time_us();
  const Slowest slowest = load(keyspace, clock, key_count, with_expiry);
  const double load_us = cpu_time_us() - start_us;
  const std::size_t resident_loaded = base::memory_figures().resident;
  base::purge_memory();
  const std::size_t resident_purged = base::memory_figures().resident;
  const auto per_key = [&](std::size_t bytes) { return static_cast<double>(bytes) / static_cast<double>(key_count); };
  fmt::print(
      "{:>9} keys{}: {:6.1f} bytes per key resident ({:.1f} once purged; {:.1f} by the books), {:.0f} ns per insert, "
      "slowest {:.0f} us (key {})\n",
      key_count, with_expiry ? " with ttl" : "", per_key(resident_loaded - resident_before),
      per_key(resident_purged - resident_before), per_key(keyspace.memory_bytes()),
      load_us * 1000 / static_cast<double>(key_count), slowest.us, slowest.at);
  keyspace.clear();
}
