#include "server/store/keyspace/databases.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/store/store_fixture.hpp"

using namespace sluice::store;
using namespace sluice::store::tests;

namespace {

struct Server {
  sluice::base::Clock clock;
  Reaper reaper;
  Databases databases{4, sluice::base::KeyHasher(42), clock, reaper};

  Server() { clock.set_ms(start_ms); }
  void put(std::size_t db, std::string_view name, Expiry expiry = Expiry::clear) {
    databases[db].put_string(databases[db].key_of(name), "v", StringEncoding::raw, expiry);
  }
  bool has(std::size_t db, std::string_view name) { return databases[db].peek(databases[db].key_of(name)) != nullptr; }
};

}  // namespace

TEST_CASE_FIXTURE(Server, "databases are apart") {
  put(0, "name");
  CHECK(has(0, "name"));
  CHECK_FALSE(has(1, "name"));
  CHECK(databases.size() == 1);
  CHECK(databases.count() == 4);
}

TEST_CASE_FIXTURE(Server, "swapping exchanges the contents of two numbers") {
  put(0, "zero");
  put(3, "three");
  const Keyspace& first = databases[0];
  databases.swap(0, 3);
  CHECK(has(3, "zero"));
  CHECK(has(0, "three"));
  CHECK(first.number() == 3);
}

TEST_CASE_FIXTURE(Server, "clearing all leaves nothing anywhere") {
  put(0, "a");
  put(2, "b");
  databases.clear_all();
  CHECK(databases.size() == 0);
}

TEST_CASE_FIXTURE(Server, "the next expiry is the earliest of all databases") {
  CHECK(databases.next_expiry_ms() == std::nullopt);
  put(1, "a", Expiry::at(start_ms + 50));
  put(3, "b", Expiry::at(start_ms + 20));
  CHECK(databases.next_expiry_ms() == start_ms + 20);
}

TEST_CASE_FIXTURE(Server, "reclaiming is bounded, and no database starves another") {
  for (std::size_t db = 0; db < 4; ++db) {
    for (int number = 0; number < (db == 0 ? 1000 : 10); ++number)
      put(db, std::to_string(number), Expiry::at(start_ms + 1));
  }
  clock.advance_ms(1);
  CHECK(databases.reclaim_expired(40) == 40);
  CHECK(databases[0].size() == 990);
  CHECK(databases[3].size() == 0);
  CHECK(databases.reclaim_expired(5000) == 990);
  CHECK(databases.reclaim_expired(5000) == 0);
  CHECK(databases.ledger().expirations == 1030);
  CHECK_FALSE(databases.check_books());
}

TEST_CASE_FIXTURE(Server, "a bound below the number of databases still gets everywhere in time") {
  for (std::size_t db = 0; db < 4; ++db) put(db, "name", Expiry::at(start_ms + 1));
  clock.advance_ms(1);
  for (int call = 0; call < 4; ++call) CHECK(databases.reclaim_expired(1) == 1);
  CHECK(databases.size() == 0);
}
