#include "server/store/keyspace/keyspace.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

#include "server/base/random.hpp"
#include "tests/unit/store/store_fixture.hpp"

using namespace sluice::store;
using namespace sluice::store::tests;

TEST_CASE_FIXTURE(Store, "a value that was put is found") {
  put("name", "value");
  CHECK(value("name") == "value");
  CHECK(value("other") == std::nullopt);
  CHECK(keyspace.size() == 1);
}

TEST_CASE_FIXTURE(Store, "putting again replaces value and encoding") {
  keyspace.put_string(key("n"), "12", StringEncoding::integer, Expiry::clear);
  CHECK(keyspace.find(key("n"))->string_encoding() == StringEncoding::integer);
  keyspace.put_string(key("n"), std::string(5000, 'v'), StringEncoding::raw, Expiry::clear);
  CHECK(value("n") == std::string(5000, 'v'));
  CHECK(keyspace.find(key("n"))->string_encoding() == StringEncoding::raw);
  CHECK(keyspace.size() == 1);
}

TEST_CASE_FIXTURE(Store,
                  "a value of the same class stays where it is, so that readers of other keys and it are cheap") {
  const Entry* before = &put("name", "value");
  CHECK(&put("name", "VALUE") == before);
}

TEST_CASE_FIXTURE(Store, "an entry is not touched by changes to other keys") {
  const Entry* entry = &put("stays", "value");
  for (int number = 0; number < 5000; ++number) put("other:" + std::to_string(number), "x");
  for (int number = 0; number < 5000; ++number) keyspace.erase(key("other:" + std::to_string(number)));
  CHECK(keyspace.peek(key("stays")) == entry);
  CHECK(entry->string() == "value");
}

TEST_CASE_FIXTURE(Store, "erasing tells whether there was anything") {
  put("name", "value");
  CHECK(keyspace.erase(key("name")));
  CHECK_FALSE(keyspace.erase(key("name")));
  CHECK(value("name") == std::nullopt);
}

TEST_CASE_FIXTURE(Store, "resizing creates, grows with zeros, and makes the encoding raw") {
  resize("name", 3);
  CHECK(value("name") == std::string(3, '\0'));
  keyspace.put_string(key("name"), "12", StringEncoding::integer, Expiry::clear);
  resize("name", 4000, '!');
  CHECK(value("name") == "12" + std::string(3997, '\0') + "!");
  CHECK(keyspace.find(key("name"))->string_encoding() == StringEncoding::raw);
}

TEST_CASE_FIXTURE(Store, "a string grown byte by byte past every limit is what was written") {
  std::string expected;
  for (int number = 0; number < 5000; ++number) {
    const char byte = static_cast<char>('a' + number % 26);
    resize("name", expected.size() + 1, byte);
    expected += byte;
    if (number == 500) keyspace.set_expiry(key("name"), start_ms + 1000);
  }
  CHECK(value("name") == expected);
  CHECK(expiry("name") == start_ms + 1000);
}

TEST_CASE_FIXTURE(Store, "renaming takes value and expiry along, and overwrites") {
  put("from", "value", Expiry::at(start_ms + 1000));
  put("to", "gone", Expiry::at(start_ms + 5));
  CHECK(keyspace.rename(key("from"), key("to")));
  CHECK(value("from") == std::nullopt);
  CHECK(value("to") == "value");
  CHECK(expiry("to") == start_ms + 1000);
  CHECK(keyspace.size() == 1);
  CHECK(keyspace.expiring_size() == 1);
  CHECK_FALSE(keyspace.rename(key("from"), key("to")));
}

TEST_CASE_FIXTURE(Store, "renaming a key to itself changes nothing") {
  put("name", "value");
  CHECK(keyspace.rename(key("name"), key("name")));
  CHECK(value("name") == "value");
}

TEST_CASE_FIXTURE(Store, "renaming does not copy a large value") {
  const char* bytes = put("from", std::string(50'000, 'v')).string().data();
  keyspace.rename(key("from"), key("a much longer name than before"));
  CHECK(keyspace.peek(key("a much longer name than before"))->string().data() == bytes);
}

TEST_CASE_FIXTURE(Store, "copying leaves the original") {
  put("from", "value", Expiry::at(start_ms + 1000));
  put("to", "gone");
  CHECK(keyspace.copy(key("from"), keyspace, key("to")));
  CHECK(value("from") == "value");
  CHECK(value("to") == "value");
  CHECK(expiry("to") == start_ms + 1000);
  CHECK_FALSE(keyspace.copy(key("absent"), keyspace, key("to")));
}

TEST_CASE_FIXTURE(Store, "entries move and are copied between keyspaces") {
  Keyspace other(sluice::base::KeyHasher(42), clock, reaper, ledger);
  put("moved", "one", Expiry::at(start_ms + 1000));
  put("copied", "two");
  CHECK(keyspace.move(key("moved"), other));
  CHECK(keyspace.copy(key("copied"), other, key("copied")));
  CHECK(value("moved") == std::nullopt);
  CHECK(keyspace.expiring_size() == 0);
  CHECK(other.find(key("moved"))->expiry_ms() == start_ms + 1000);
  CHECK(other.find(key("copied"))->string() == "two");
  SUBCASE("but not onto a key that exists, and not from one that does not") {
    CHECK_FALSE(keyspace.move(key("copied"), other));
    CHECK_FALSE(keyspace.move(key("moved"), other));
    CHECK(value("copied") == "two");
  }
}

TEST_CASE_FIXTURE(Store, "a view into the entry itself may serve as the key of a change") {
  put("name", "value");
  const auto own_key = [this] { return key(keyspace.peek(key("name"))->key()); };
  keyspace.put_string(own_key(), std::string(300, 'v'), StringEncoding::raw, Expiry::clear);
  CHECK(value("name") == std::string(300, 'v'));
  keyspace.set_expiry(own_key(), start_ms + 1);
  keyspace.resize_string(keyspace.peek(own_key()), own_key(), 3000, [](auto) {});
  CHECK(keyspace.erase(own_key()));
  CHECK(keyspace.size() == 0);
}

TEST_CASE_FIXTURE(Store, "clearing leaves nothing, and the figures say so") {
  const std::size_t empty_bytes = keyspace.memory_bytes();
  for (int number = 0; number < 3000; ++number) put(std::to_string(number), "v", Expiry::at(start_ms + 1000 + number));
  keyspace.clear();
  CHECK(keyspace.size() == 0);
  CHECK(keyspace.expiring_size() == 0);
  CHECK(keyspace.memory_bytes() == empty_bytes);
  CHECK(keyspace.next_expiry_ms() == std::nullopt);
  CHECK(value("7") == std::nullopt);
  reaper.wait_until_idle();
  CHECK(reaper.freed_objects() == 3000);
  put("7", "again");
  CHECK(value("7") == "again");
}

TEST_CASE_FIXTURE(Store, "large values are freed by the reaper, small ones on the spot") {
  put("small", std::string(5000, 'v'));
  put("large", std::string(200'000, 'v'));
  put("replaced", std::string(200'000, 'v'));
  keyspace.erase(key("small"));
  keyspace.erase(key("large"));
  put("replaced", "short");
  reaper.wait_until_idle();
  CHECK(reaper.freed_objects() == 2);
}

TEST_CASE_FIXTURE(Store, "the memory figure is the sum of its parts at any time") {
  sluice::base::Random random(9);
  const std::size_t empty_bytes = keyspace.memory_bytes();
  for (int round = 0; round < 20'000; ++round) {
    const std::string name = std::to_string(random.below(500));
    switch (random.below(6)) {
      case 0:
        keyspace.erase(key(name));
        break;
      case 1:
        keyspace.set_expiry(key(name), start_ms + 1 + static_cast<std::int64_t>(random.below(1000)));
        break;
      case 2:
        keyspace.clear_expiry(key(name));
        break;
      case 3:
        resize(name, random.below(3000));
        break;
      case 4:
        keyspace.rename(key(name), key(std::to_string(random.below(500))));
        break;
      default:
        put(name, std::string(random.below(2000), 'v'));
        break;
    }
  }
  std::size_t entry_bytes = 0;
  std::size_t expiring = 0;
  keyspace.for_each([&](const Entry& entry) {
    entry_bytes += entry.memory_bytes();
    if (entry.has_expiry()) ++expiring;
  });
  CHECK(keyspace.expiring_size() == expiring);
  CHECK(keyspace.memory_bytes() > entry_bytes);
  CHECK(keyspace.memory_bytes() < entry_bytes + std::size_t{500} * 60);
  for (int name = 0; name < 500; ++name) keyspace.erase(key(std::to_string(name)));
  CHECK(keyspace.memory_bytes() == empty_bytes);
}

TEST_CASE_FIXTURE(Store, "finding counts as an access, peeking does not") {
  put("name", "value");
  clock.advance_ms(90'000);
  CHECK(keyspace.idle_seconds(*keyspace.peek(key("name"))) == 90);
  CHECK(keyspace.idle_seconds(*keyspace.find(key("name"))) == 0);
}

TEST_CASE_FIXTURE(Store, "under LFU accesses are counted") {
  keyspace.set_access_settings({.policy = AccessPolicy::lfu});
  put("name", "value");
  CHECK(keyspace.access_frequency(*keyspace.peek(key("name"))) == 5);
  CHECK(keyspace.access_frequency(*keyspace.find(key("name"))) == 6);
}

TEST_CASE_FIXTURE(Store, "every change is counted, reading is not") {
  put("name", "value");
  put("name", "VALUE");
  keyspace.set_expiry(key("name"), start_ms + 1000);
  keyspace.erase(key("name"));
  value("name");
  CHECK(keyspace.change_count() == 4);
}

TEST_CASE_FIXTURE(Store, "all keys can be drawn at random") {
  CHECK(keyspace.random_entry() == nullptr);
  for (const char* name : {"a", "b", "c"}) put(name, "v");
  std::set<std::string_view> drawn;
  for (int draw = 0; draw < 500; ++draw) drawn.insert(keyspace.random_entry()->key());
  CHECK(drawn == std::set<std::string_view>{"a", "b", "c"});
}
