// The door: whatever changes an entry is preceded by the snapshot's look at it, and a change that fails for want of
// memory has not happened.
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "server/base/memory.hpp"
#include "server/store/values/list.hpp"
#include "tests/support/failing_allocations.hpp"
#include "tests/unit/store/store_fixture.hpp"

using namespace sluice::store;
using namespace sluice::store::tests;
using sluice::tests::FailingAllocations;

namespace {

// What a key held when it was saved: a string, or the elements of a list.
std::string content_of(const Entry& entry) {
  std::string content;
  if (entry.type() == Type::string) {
    content = entry.string();
  } else {
    for (List::Walk walk(entry.as<List>(), Side::head); !walk.done();) content += walk.take().text() + ' ';
  }
  return content + (entry.has_expiry() ? " until " + std::to_string(*entry.expiry_ms() - start_ms) : "");
}

struct Saved final : SnapshotSink {
  void save(const Keyspace&, const Entry& entry) override {
    CHECK(content.emplace(entry.key(), content_of(entry)).second);
  }
  std::map<std::string, std::string> content;
};

struct Door : Store {
  void push(std::string_view name, std::size_t count, std::string_view text = "element") {
    List list;
    const ListLimits limits = ListLimits::of(128);
    for (std::size_t number = 0; number < count; ++number) {
      list.expect(1, text.size(), limits);
      list.push(Side::tail, PackedText(text), limits);
    }
    keyspace.add(key(name), std::move(list));
  }
  void change_list(std::string_view name, std::string_view text) {
    keyspace.find(key(name)).edit<List>([&](List& list) {
      list.expect(1, text.size(), ListLimits::of(128));
      list.push(Side::head, PackedText(text), ListLimits::of(128));
    });
  }
  std::map<std::string, std::string> all() const {
    std::map<std::string, std::string> content;
    keyspace.for_each([&](const Entry& entry) { content[std::string(entry.key())] = content_of(entry); });
    return content;
  }
  void fill() {
    put("string", "value");
    put("long", std::string(3000, 'v'), Expiry::at(start_ms + 500));
    put("expiring", "value", Expiry::at(start_ms + 1000));
    push("small", 3);
    push("packed", 100);
    push("large", 500, std::string(100, 'e'));
  }

  // Every way to change something, by its name.
  std::vector<std::pair<std::string, std::function<void()>>> changes() {
    return {
        {"put in place", [this] { put("string", "VALUE"); }},
        {"put elsewhere", [this] { put("string", std::string(500, 'w')); }},
        {"put with expiry", [this] { put("string", "value", Expiry::at(start_ms + 7)); }},
        {"put over a list", [this] { put("small", "value"); }},
        {"resize in place", [this] { resize("string", 6, '!'); }},
        {"resize elsewhere", [this] { resize("string", 2000, '!'); }},
        {"resize a block", [this] { resize("long", 50'000, '!'); }},
        {"make an expiry", [this] { keyspace.set_expiry(key("string"), start_ms + 9); }},
        {"move an expiry", [this] { keyspace.set_expiry(key("expiring"), start_ms + 9); }},
        {"clear an expiry", [this] { keyspace.clear_expiry(key("expiring")); }},
        {"an expiry for a list", [this] { keyspace.set_expiry(key("large"), start_ms + 9); }},
        {"erase", [this] { keyspace.erase(key("string")); }},
        {"erase a large value", [this] { keyspace.erase(key("large")); }},
        {"rename", [this] { keyspace.rename(key("string"), key("renamed")); }},
        {"rename over", [this] { keyspace.rename(key("expiring"), key("string")); }},
        {"rename a list", [this] { keyspace.rename(key("large"), key("renamed")); }},
        {"copy over", [this] { keyspace.copy(key("small"), keyspace, key("string")); }},
        {"copy", [this] { keyspace.copy(key("large"), keyspace, key("copy")); }},
        {"add", [this] { put("new", "value", Expiry::at(start_ms + 3)); }},
        {"add a list", [this] { push("new", 2); }},
        {"change a list in the entry", [this] { change_list("small", "x"); }},
        {"a list leaves its entry", [this] { change_list("small", std::string(300, 'x')); }},
        {"change a packed list", [this] { change_list("packed", std::string(300, 'x')); }},
        {"change a large list", [this] { change_list("large", std::string(300, 'x')); }},
        {"a packed list becomes chunks",
         [this] {
           keyspace.find(key("packed")).edit<List>([](List& list) {
             list.expect(50, 50, ListLimits::of(128));
             list.push(Side::tail, PackedText("x"), ListLimits::of(128));
           });
         }},
        {"a list comes back into its entry",
         [this] {
           keyspace.find(key("packed")).edit<List>([](List& list) { list.erase(3, 97, ListLimits::of(128)); });
         }},
        {"chunks become a packed list",
         [this] {
           keyspace.find(key("large")).edit<List>([](List& list) {
             list.erase(20, 480, ListLimits::of(128));
             list.repack(ListLimits::of(128));
           });
         }},
        {"a list loses its last element",
         [this] { keyspace.find(key("small")).edit<List>([](List& list) { list.erase(0, 3, ListLimits::of(128)); }); }},
    };
  }
};

}  // namespace

TEST_CASE("a snapshot holds what was there at its moment, whatever changes afterwards") {
  const std::size_t count = Door().changes().size();
  for (std::size_t number = 0; number < count; ++number) {
    Door store;
    store.fill();
    const auto [name, change] = store.changes()[number];
    CAPTURE(name);
    const auto before = store.all();
    Saved saved;
    store.keyspace.begin_snapshot(saved);
    change();
    while (store.keyspace.step_snapshot(1)) {
    }
    CHECK(saved.content == before);
    CHECK_FALSE(store.keyspace.check_books());
  }
}

TEST_CASE_FIXTURE(Door, "a snapshot holds keys that move, expire, or are cleared meanwhile") {
  fill();
  const auto before = all();
  Saved saved;
  SUBCASE("cleared") {
    keyspace.begin_snapshot(saved);
    keyspace.clear();
  }
  SUBCASE("moved") {
    Keyspace other(sluice::base::KeyHasher(42), clock, reaper, ledger);
    keyspace.begin_snapshot(saved);
    keyspace.move(key("string"), other);
    keyspace.move(key("large"), other);
  }
  SUBCASE("expired") {
    keyspace.begin_snapshot(saved);
    clock.advance_ms(5000);
    keyspace.reclaim_expired(100);
  }
  while (keyspace.step_snapshot(2)) {
  }
  CHECK(saved.content == before);
}

TEST_CASE_FIXTURE(Door, "the snapshot after the next is as whole as the first") {
  fill();
  for (int round = 0; round < 3; ++round) {
    const auto before = all();
    Saved saved;
    keyspace.begin_snapshot(saved);
    put("string", std::to_string(round));
    put("new " + std::to_string(round), "value");
    while (keyspace.step_snapshot(3)) {
    }
    CHECK(saved.content == before);
  }
}

TEST_CASE("a change for which there is no memory has changed nothing, and the books are right") {
  const std::size_t count = Door().changes().size();
  for (std::size_t number = 0; number < count; ++number) {
    bool has_failed = true;
    for (std::size_t allocation = 0; has_failed; ++allocation) {
      Door store;
      store.fill();
      const auto [name, change] = store.changes()[number];
      CAPTURE(name);
      CAPTURE(allocation);
      const auto before = store.all();
      has_failed = FailingAllocations::run(allocation, change);
      REQUIRE_FALSE(store.keyspace.check_books());
      if (has_failed) {
        REQUIRE(store.all() == before);
        change();
        REQUIRE_FALSE(store.keyspace.check_books());
      }
    }
  }
}

TEST_CASE("many keys come and go while memory is short now and then") {
  Door store;
  sluice::base::Random random(5);
  std::map<std::string, std::string> model;
  for (int round = 0; round < 20'000; ++round) {
    const std::string name = std::to_string(random.below(3000));
    const std::string value(random.below(60), 'v');
    const bool erases = random.below(100) < (round < 10'000 ? 20U : 70U);
    const std::size_t allocation = random.below(6);
    const bool has_failed = FailingAllocations::run(allocation, [&] {
      if (erases) {
        store.keyspace.erase(store.key(name));
      } else {
        store.put(name, value, random.below(2) == 0 ? Expiry::clear : Expiry::at(start_ms + 1000));
      }
    });
    if (!has_failed && erases) model.erase(name);
    if (!has_failed && !erases) model[name] = value;
    if (has_failed) REQUIRE_FALSE(erases);
  }
  REQUIRE_FALSE(store.keyspace.check_books());
  for (const auto& [name, value] : model) REQUIRE(store.value(name) == value);
  CHECK(store.keyspace.size() == model.size());
}

TEST_CASE_FIXTURE(Door, "a list of three short elements is one allocation in all") {
  const std::size_t bytes_before = keyspace.memory_bytes();
  push("0123456789abcdef", 3, "abc");
  // Header, key, and a listpack of 7 bytes and 5 an element.
  CHECK(keyspace.memory_bytes() - bytes_before == sluice::base::allocation_size(8 + 16 + 7 + 3 * 5));
  CHECK(FailingAllocations::count([this] { keyspace.erase(key("0123456789abcdef")); }) == 0);
}
