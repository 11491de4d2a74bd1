// Hashes and sets in a keyspace: in their entries, in buffers and as tables, with times and without, while memory is
// short now and then.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "server/store/values/hash.hpp"
#include "server/store/values/set.hpp"
#include "tests/support/failing_allocations.hpp"
#include "tests/unit/store/store_fixture.hpp"

using namespace sluice::store;
using namespace sluice::store::tests;
using sluice::tests::FailingAllocations;

namespace {

using Elements = std::map<std::string, std::pair<std::string, std::optional<std::int64_t>>>;

const sluice::base::KeyHasher hasher(42);
const HashLimits hash_limits{.entries_max = 20, .hasher = hasher};
const SetLimits set_limits{.intset_entries_max = 20, .listpack_entries_max = 20, .hasher = hasher};

Elements content_of(const Entry& entry) {
  Elements content;
  if (entry.type() == Type::hash) {
    entry.as<Hash>().for_each(
        [&](const HashField& field) { content[field.name.text()] = {field.value.text(), field.time_ms}; });
  } else {
    const SetView set = entry.as<Set>();
    set.for_each([&](const PackedElement& member) { content[member.text()] = {"", set.time_ms(member.text())}; });
  }
  return content;
}

struct Collections : Store {
  std::map<std::string, Elements> model;
  sluice::base::Random random{1};
  std::size_t failures = 0;

  std::string some_element() {
    const std::string number = std::to_string(random.below(60));
    return random.below(4) == 0 ? "element:" + number : number;
  }

  // Changes a value under a key, which may be new, as commands do; `apply` has the same done to the model.
  template <class Value, class Change, class Apply>
  void change(const std::string& name, const Change& change, const Apply& apply) {
    const bool has_failed = FailingAllocations::run(random.below(7), [&] {
      if (auto found = keyspace.find(key(name))) {
        found.edit<Value>(change);
      } else {
        Value fresh;
        change(fresh);
        if (!fresh.empty()) keyspace.add(key(name), std::move(fresh));
      }
    });
    failures += has_failed ? 1 : 0;
    if (has_failed) return;
    apply(model[name]);
    if (model[name].empty()) model.erase(name);
  }

  void change_hash(const std::string& name) {
    const std::string field = some_element();
    switch (random.below(5)) {
      case 0:
        return change<Hash>(
            name, [&](Hash& hash) { hash.erase(field); }, [&](Elements& elements) { elements.erase(field); });
      case 1: {
        const auto time_ms = start_ms + static_cast<std::int64_t>(random.below(100)) + 1;
        const auto time = random.below(3) == 0 ? std::nullopt : std::optional(time_ms);
        return change<Hash>(
            name, [&](Hash& hash) { hash.set_time(field, time); },
            [&](Elements& elements) {
              if (const auto found = elements.find(field); found != elements.end()) found->second.second = time;
            });
      }
      default: {
        const std::string value(random.below(20), 'v');
        return change<Hash>(
            name, [&](Hash& hash) { hash.set(field, value, OldTime::clear, hash_limits); },
            [&](Elements& elements) { elements[field] = {value, std::nullopt}; });
      }
    }
  }

  void change_set(const std::string& name) {
    const std::string member = some_element();
    switch (random.below(6)) {
      case 0:
      case 1:
        return change<Set>(
            name, [&](Set& set) { set.erase(member); }, [&](Elements& elements) { elements.erase(member); });
      case 2: {
        if (random.below(10) != 0) return;
        const auto time_ms = start_ms + static_cast<std::int64_t>(random.below(100)) + 1;
        return change<Set>(
            name, [&](Set& set) { set.set_time(member, time_ms, set_limits); },
            [&](Elements& elements) {
              if (const auto found = elements.find(member); found != elements.end()) found->second.second = time_ms;
            });
      }
      default:
        return change<Set>(
            name, [&](Set& set) { set.add(member, set_limits); },
            [&](Elements& elements) { elements.try_emplace(member, "", std::nullopt); });
    }
  }

  std::map<std::string, Elements> all() const {
    std::map<std::string, Elements> content;
    keyspace.for_each([&](const Entry& entry) { content[std::string(entry.key())] = content_of(entry); });
    return content;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Collections, "hashes and sets in a keyspace agree with a map while memory is short now and then") {
  for (int round = 0; round < 12'000; ++round) {
    const std::string number = std::to_string(random.below(6));
    random.below(2) == 0 ? change_hash("hash " + number) : change_set("set " + number);
    // Emptied now and then, so that all begin anew in their entries.
    if (random.below(300) == 0) {
      const std::string name = (random.below(2) == 0 ? "hash " : "set ") + number;
      keyspace.erase(key(name));
      model.erase(name);
    }
    if (round % 100 == 0) {
      REQUIRE_FALSE(keyspace.check_books());
      REQUIRE(all() == model);
    }
  }
  CHECK(failures > 500);
  REQUIRE_FALSE(keyspace.check_books());
  REQUIRE(all() == model);
}

TEST_CASE_FIXTURE(Collections, "copies and renamed keys have the same elements and times") {
  while (model.size() < 12) {
    const std::string number = std::to_string(random.below(6));
    for (int step = 0; step < 40; ++step) change_hash("hash " + number);
    for (int step = 0; step < 40; ++step) change_set("set " + number);
  }
  const auto before = model;
  for (const auto& [name, elements] : before) {
    keyspace.copy(key(name), keyspace, key("copy of " + name));
    keyspace.rename(key(name), key("renamed " + name));
    CHECK(content_of(*keyspace.find(key("copy of " + name))) == elements);
    CHECK(content_of(*keyspace.find(key("renamed " + name))) == elements);
    CHECK_FALSE(keyspace.find(key(name)));
  }
  CHECK_FALSE(keyspace.check_books());
}
