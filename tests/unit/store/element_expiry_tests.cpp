// Keys whose values have elements with times of their own.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server/store/keyspace/databases.hpp"
#include "server/store/keyspace/keyspace.hpp"
#include "server/store/values/hash.hpp"
#include "server/store/values/set.hpp"

namespace sluice::store {
namespace {

const base::KeyHasher hasher_of_tests(7);
constexpr std::int64_t start_ms = 1'000'000;

class Fixture : private KeyspaceObserver {
 public:
  Fixture() {
    clock.set_ms(start_ms);
    keyspace.set_observer(this);
  }

  // A hash of `count` fields, each of which expires a second after the one before.
  void add_hash(const std::string& key, int count, const HashLimits& limits) {
    Hash hash;
    for (int number = 1; number <= count; ++number) {
      const std::string name = "field" + std::to_string(number);
      hash.set(name, "value", OldTime::clear, limits);
      hash.set_time(name, start_ms + std::int64_t{1000} * number);
    }
    keyspace.add(keyspace.key_of(key), std::move(hash));
  }
  HashView hash_at(const std::string& key) { return keyspace.peek(keyspace.key_of(key)).view<Hash>(); }

  base::Clock clock;
  Reaper reaper;
  Ledger ledger;
  Keyspace keyspace{hasher_of_tests, clock, reaper, ledger};
  std::vector<std::string> expired;  // elements, in their order
  int keys_gone = 0;
  HashLimits packed{.hasher = hasher_of_tests};
  HashLimits large{.entries_max = 0, .hasher = hasher_of_tests};

 private:
  void on_expired(const Keyspace&, const Entry&) override {}
  void on_changed(const Keyspace&, const Entry&) override {}
  void on_cleared(const Keyspace&) override {}
  void on_swapped(std::size_t, std::size_t) override {}
  void on_elements_expired(const Keyspace&, Type, std::string_view, std::span<const std::string> elements,
                           bool is_key_gone) override {
    expired.insert(expired.end(), elements.begin(), elements.end());
    keys_gone += is_key_gone ? 1 : 0;
  }
};

TEST_CASE("elements are reclaimed in the order of their times, and the key goes with the last one") {
  for (const bool is_large : {false, true}) {
    CAPTURE(is_large);
    Fixture given;
    given.add_hash("hash", 3, is_large ? given.large : given.packed);
    CHECK(given.keyspace.timed_size() == 1);
    CHECK(given.keyspace.next_expiry_ms() == start_ms + 1000);
    const std::uint64_t changes = given.keyspace.change_count();

    given.clock.set_ms(start_ms + 2000);
    CHECK(given.keyspace.reclaim_expired(100) == 2);
    CHECK(given.expired == std::vector<std::string>{"field1", "field2"});
    CHECK(given.hash_at("hash").size() == 1);
    CHECK(given.keyspace.next_expiry_ms() == start_ms + 3000);
    CHECK(given.keyspace.check_books() == std::nullopt);

    given.clock.set_ms(start_ms + 3000);
    CHECK(given.keyspace.reclaim_expired(100) == 1);
    CHECK(given.keys_gone == 1);
    CHECK(given.keyspace.size() == 0);
    CHECK(given.keyspace.timed_size() == 0);
    CHECK(given.keyspace.check_books() == std::nullopt);
    CHECK(given.keyspace.change_count() == changes);
    CHECK(given.ledger.element_expirations == 3);
  }
}

TEST_CASE("no more elements are reclaimed at once than asked for") {
  Fixture given;
  given.add_hash("hash", 100, given.large);
  given.clock.set_ms(start_ms + 1'000'000);
  CHECK(given.keyspace.reclaim_expired(30) == 30);
  CHECK(given.keyspace.peek(given.keyspace.key_of("hash"))->as<Hash>().size() == 70);
  CHECK(given.keyspace.check_books() == std::nullopt);
}

TEST_CASE("elements whose time has come are not seen before they are reclaimed, unless they are to be shown") {
  for (const bool is_large : {false, true}) {
    CAPTURE(is_large);
    Fixture given;
    given.add_hash("hash", 2, is_large ? given.large : given.packed);
    given.clock.set_ms(start_ms + 1000);
    CHECK_FALSE(given.hash_at("hash").contains("field1"));
    CHECK(given.hash_at("hash").contains("field2"));
    given.keyspace.set_expired(Expired::show);
    CHECK(given.hash_at("hash").contains("field1"));
  }
}

TEST_CASE("a command drops the expired ones of the elements that it is about to change, and no others") {
  for (const bool is_large : {false, true}) {
    CAPTURE(is_large);
    Fixture given;
    given.add_hash("hash", 3, is_large ? given.large : given.packed);
    given.clock.set_ms(start_ms + 2000);
    Keyspace::Found found = given.keyspace.find(given.keyspace.key_of("hash"));
    const std::vector<std::string_view> touched{"field2", "field3", "absent"};
    found.drop_expired<Hash>(touched);
    REQUIRE(found);
    CHECK(given.expired == std::vector<std::string>{"field2"});
    CHECK(found->as<Hash>().size() == 2);
    CHECK(given.keyspace.check_books() == std::nullopt);
  }
}

TEST_CASE("a hash that loses its last field to a command's look goes, and the outcome of the look-up is empty") {
  Fixture given;
  given.add_hash("hash", 1, given.packed);
  given.clock.set_ms(start_ms + 1000);
  Keyspace::Found found = given.keyspace.find(given.keyspace.key_of("hash"));
  const std::vector<std::string_view> touched{"field1"};
  found.drop_expired<Hash>(touched);
  CHECK_FALSE(found);
  CHECK(given.keyspace.size() == 0);
  CHECK(given.keyspace.check_books() == std::nullopt);
}

TEST_CASE("times of elements follow a key that is renamed, copied, given an expiry or changed") {
  for (const bool is_large : {false, true}) {
    CAPTURE(is_large);
    Fixture given;
    Keyspace& keyspace = given.keyspace;
    given.add_hash("hash", 2, is_large ? given.large : given.packed);
    keyspace.rename(keyspace.key_of("hash"), keyspace.key_of("renamed"));
    CHECK(keyspace.timed_size() == 1);
    keyspace.copy(keyspace.key_of("renamed"), keyspace, keyspace.key_of("copy"));
    CHECK(keyspace.timed_size() == 2);
    keyspace.set_expiry(keyspace.key_of("copy"), start_ms + 50'000);
    Keyspace::Found found = keyspace.find(keyspace.key_of("copy"));
    found.edit<Hash>([](Hash& hash) {
      hash.set_time("field1", std::nullopt);
      hash.set_time("field2", std::nullopt);
    });
    CHECK(keyspace.check_books() == std::nullopt);
    given.clock.set_ms(start_ms + 2000);
    keyspace.reclaim_expired(100);
    CHECK(keyspace.size() == 1);
    CHECK(given.hash_at("copy").size() == 2);
    CHECK(keyspace.check_books() == std::nullopt);
    keyspace.clear();
    CHECK(keyspace.next_expiry_ms() == std::nullopt);
    CHECK(keyspace.check_books() == std::nullopt);
  }
}

}  // namespace
}  // namespace sluice::store
