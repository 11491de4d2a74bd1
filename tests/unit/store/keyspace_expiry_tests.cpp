#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "server/store/keyspace/keyspace.hpp"
#include "tests/unit/store/store_fixture.hpp"

using namespace sluice::store;
using namespace sluice::store::tests;

namespace {

struct Recorder final : KeyspaceObserver {
  std::vector<std::string> expired;
  void on_expired(const Keyspace& /*keyspace*/, const Entry& entry) override { expired.emplace_back(entry.key()); }
  void on_changed(const Keyspace& /*keyspace*/, const Entry& /*entry*/) override {}
  void on_cleared(const Keyspace& /*keyspace*/) override {}
  void on_swapped(std::size_t /*first*/, std::size_t /*second*/) override {}
};

}  // namespace

TEST_CASE_FIXTURE(Store, "a key is there until the clock shows its expiry, and not one millisecond longer") {
  put("name", "value", Expiry::at(start_ms + 10));
  clock.advance_ms(9);
  CHECK(value("name") == "value");
  clock.advance_ms(1);
  CHECK(keyspace.peek(key("name")) == nullptr);
  CHECK(keyspace.size() == 0);
  CHECK(keyspace.expired_count() == 1);
}

TEST_CASE_FIXTURE(Store, "putting a value sets, keeps or clears the expiry") {
  put("name", "one", Expiry::at(start_ms + 10));
  put("name", "two", Expiry::keep);
  CHECK(expiry("name") == start_ms + 10);
  put("name", "three", Expiry::at(start_ms + 20));
  CHECK(expiry("name") == start_ms + 20);
  put("name", "four", Expiry::clear);
  CHECK(expiry("name") == std::nullopt);
  CHECK(keyspace.expiring_size() == 0);
  put("name", "five", Expiry::keep);
  CHECK(expiry("name") == std::nullopt);
  CHECK(value("name") == "five");
}

TEST_CASE_FIXTURE(Store, "keeping the expiry of a key that has expired keeps nothing") {
  put("name", "one", Expiry::at(start_ms + 10));
  clock.advance_ms(10);
  put("name", "two", Expiry::keep);
  CHECK(expiry("name") == std::nullopt);
}

TEST_CASE_FIXTURE(Store, "an expiry is set, changed and cleared, whether the entry has to move or not") {
  for (const std::size_t size : {0UL, 64UL, 72UL, 1024UL, 5000UL}) {
    CAPTURE(size);
    const std::string name = "0123456789abcdef";
    put(name, std::string(size, 'v'));
    CHECK(keyspace.set_expiry(key(name), start_ms + 10));
    CHECK(keyspace.set_expiry(key(name), start_ms + 20));
    CHECK(keyspace.next_expiry_ms() == start_ms + 20);
    CHECK(keyspace.expiring_size() == 1);
    CHECK(value(name) == std::string(size, 'v'));
    CHECK(keyspace.clear_expiry(key(name)));
    CHECK_FALSE(keyspace.clear_expiry(key(name)));
    CHECK(keyspace.expiring_size() == 0);
    CHECK(value(name) == std::string(size, 'v'));
  }
  CHECK_FALSE(keyspace.set_expiry(key("absent"), start_ms + 10));
  CHECK_FALSE(keyspace.clear_expiry(key("absent")));
}

TEST_CASE_FIXTURE(Store, "erasing, renaming and moving treat a key that has expired as absent") {
  Keyspace other(sluice::base::KeyHasher(42), clock, reaper, ledger);
  for (const char* name : {"a", "b", "c", "d"}) put(name, "v", Expiry::at(start_ms + 1));
  clock.advance_ms(1);
  CHECK_FALSE(keyspace.erase(key("a")));
  CHECK_FALSE(keyspace.rename(key("b"), key("x")));
  CHECK_FALSE(keyspace.move(key("c"), other));
  CHECK_FALSE(keyspace.copy(key("d"), other, key("d")));
  CHECK(keyspace.size() == 0);
}

TEST_CASE_FIXTURE(Store, "neither scans nor walks nor draws show a key that has expired") {
  put("stays", "v");
  for (int number = 0; number < 300; ++number) put(std::to_string(number), "v", Expiry::at(start_ms + 1));
  clock.advance_ms(1);
  std::set<std::string> seen;
  const auto see = [&](const Entry& entry) { seen.emplace(entry.key()); };
  keyspace.for_each(see);
  const auto every = [](std::string_view) { return true; };
  std::uint64_t cursor = 0;
  do {
    cursor = keyspace.scan(cursor, 10, every, see);
  } while (cursor != 0);
  CHECK(keyspace.random_entry()->key() == "stays");
  CHECK(seen == std::set<std::string>{"stays"});
}

TEST_CASE_FIXTURE(Store, "a scan removes what has expired, but only under the names that it is to look at") {
  Recorder recorder;
  keyspace.set_observer(&recorder);
  put("a", "v", Expiry::at(start_ms + 1));
  put("b", "v", Expiry::at(start_ms + 1));
  clock.advance_ms(1);
  keyspace.scan(0, 10, [](std::string_view name) { return name == "a"; }, [](const Entry&) {});
  CHECK(recorder.expired == std::vector<std::string>{"a"});
  CHECK(keyspace.size() == 1);
}

TEST_CASE_FIXTURE(Store, "what has expired can be left where it is, unseen") {
  Recorder recorder;
  keyspace.set_observer(&recorder);
  keyspace.set_expired(Expired::hide);
  put("k", "v", Expiry::at(start_ms + 1));
  clock.advance_ms(1);
  CHECK_FALSE(value("k"));
  CHECK_FALSE(keyspace.erase(key("k")));
  CHECK(keyspace.random_entry() == nullptr);
  keyspace.scan(0, 10, [](std::string_view) { return true; }, [](const Entry&) { CHECK(false); });
  CHECK(keyspace.size() == 1);
  CHECK(recorder.expired.empty());

  keyspace.set_expired(Expired::remove);
  CHECK_FALSE(value("k"));
  CHECK(recorder.expired == std::vector<std::string>{"k"});
  CHECK(keyspace.size() == 0);
}

TEST_CASE_FIXTURE(Store, "what has expired and was left gives way to whatever takes its name") {
  keyspace.set_expired(Expired::hide);
  for (const char* name : {"put", "resized", "renamed", "copied", "moved"}) put(name, "old", Expiry::at(start_ms + 1));
  clock.advance_ms(1);
  Keyspace other(sluice::base::KeyHasher(42), clock, reaper, ledger);
  other.put_string(key("moved"), "new", StringEncoding::raw, Expiry::clear);
  put("source", "new");

  put("put", "new", Expiry::keep);
  resize("resized", 1);
  CHECK(keyspace.copy(key("source"), keyspace, key("copied")));
  CHECK(keyspace.rename(key("source"), key("renamed")));
  CHECK(other.move(key("moved"), keyspace));

  for (const char* name : {"put", "renamed", "copied", "moved"}) CHECK(value(name) == "new");
  CHECK(value("resized") == std::string(1, '\0'));
  CHECK_FALSE(expiry("put"));
  CHECK(keyspace.size() == 5);
  CHECK(keyspace.expired_count() == 5);
}

TEST_CASE_FIXTURE(Store, "reclaiming removes what is due, the earliest first, and no more than it may") {
  Recorder recorder;
  keyspace.set_observer(&recorder);
  for (int number = 9; number >= 0; --number) put(std::to_string(number), "v", Expiry::at(start_ms + number));
  clock.set_ms(start_ms + 5);
  CHECK(keyspace.reclaim_expired(4) == 4);
  CHECK(recorder.expired == std::vector<std::string>{"0", "1", "2", "3"});
  CHECK(keyspace.reclaim_expired(100) == 2);
  CHECK(keyspace.reclaim_expired(100) == 0);
  CHECK(keyspace.size() == 4);
  CHECK(keyspace.next_expiry_ms() == start_ms + 6);
  CHECK(keyspace.expired_count() == 6);
}

TEST_CASE_FIXTURE(Store, "the observer is told of keys that are found to have expired, but not of those erased") {
  Recorder recorder;
  keyspace.set_observer(&recorder);
  put("expires", "v", Expiry::at(start_ms + 1));
  put("erased", "v", Expiry::at(start_ms + 100));
  keyspace.erase(key("erased"));
  clock.advance_ms(1);
  value("expires");
  CHECK(recorder.expired == std::vector<std::string>{"expires"});
}

TEST_CASE_FIXTURE(Store, "tens of thousands of keys that expire together are all reclaimed") {
  for (int number = 0; number < 20'000; ++number) put(std::to_string(number), "v", Expiry::at(start_ms + 1000));
  CHECK(keyspace.reclaim_expired(100'000) == 0);
  clock.advance_ms(1000);
  CHECK(keyspace.reclaim_expired(100'000) == 20'000);
  CHECK(keyspace.size() == 0);
}

TEST_CASE_FIXTURE(Store, "the average time to live counts only keys that have one") {
  CHECK(keyspace.average_ttl_ms() == 0);
  put("a", "v");
  put("b", "v", Expiry::at(start_ms + 1000));
  put("c", "v", Expiry::at(start_ms + 3000));
  CHECK(keyspace.average_ttl_ms() == 2000);
  clock.advance_ms(500);
  CHECK(keyspace.average_ttl_ms() == 1500);
}

TEST_CASE_FIXTURE(Store, "the average time to live is right for keys that live nearly for ever") {
  constexpr std::int64_t last_ms = std::numeric_limits<std::int64_t>::max();
  for (const auto* name : {"a", "b", "c", "d", "e"}) put(name, "v", Expiry::at(last_ms));
  CHECK(keyspace.average_ttl_ms() == last_ms - start_ms);
  for (const auto* name : {"a", "b", "c", "d"}) keyspace.erase(key(name));
  CHECK(keyspace.average_ttl_ms() == last_ms - start_ms);
}

TEST_CASE_FIXTURE(Store, "what has expired can be shown as if its time had not come") {
  put("k", "v", Expiry::at(start_ms + 1));
  clock.advance_ms(1);
  keyspace.set_expired(Expired::show);
  CHECK(value("k") == "v");
  CHECK(keyspace.set_expiry(key("k"), start_ms + 1000));
  keyspace.set_expired(Expired::remove);
  CHECK(value("k") == "v");
}

TEST_CASE_FIXTURE(Store, "expiring is counted by itself, and is no change") {
  put("k", "v", Expiry::at(start_ms + 1));
  const std::uint64_t changes = ledger.changes;
  clock.advance_ms(1);
  CHECK_FALSE(value("k"));
  CHECK(ledger.changes == changes);
  CHECK(ledger.expirations == 1);
  CHECK_FALSE(keyspace.check_books());
}
