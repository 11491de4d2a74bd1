#include "server/store/keyspace/reaper.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>

using namespace sluice::store;

namespace {

// Counts how many of its kind have been destroyed, and by which thread.
struct Witness {
  struct Record {
    std::atomic<int> destroyed = 0;
    std::atomic<bool> by_other_thread = true;
    std::thread::id maker = std::this_thread::get_id();
  };
  struct Note {
    void operator()(Record* record) const {
      ++record->destroyed;
      if (std::this_thread::get_id() == record->maker) record->by_other_thread = false;
    }
  };
  std::unique_ptr<Record, Note> note;

  explicit Witness(Record& record) : note(&record) {}
};

}  // namespace

TEST_CASE("what is discarded is destroyed once, by another thread") {
  Witness::Record record;
  Reaper reaper;
  reaper.discard(Witness(record));
  reaper.wait_until_idle();
  CHECK(record.destroyed == 1);
  CHECK(record.by_other_thread);
}

TEST_CASE("the figures count objects") {
  Witness::Record record;
  Reaper reaper;
  reaper.discard(Witness(record), 10);
  reaper.discard(Witness(record), 5);
  reaper.wait_until_idle();
  CHECK(reaper.freed_objects() == 15);
  CHECK(reaper.pending_objects() == 0);
}

TEST_CASE("the end of the reaper is the end of all that was discarded") {
  Witness::Record record;
  {
    Reaper reaper;
    for (int number = 0; number < 1000; ++number) reaper.discard(Witness(record));
  }
  CHECK(record.destroyed == 1000);
}

TEST_CASE("many threads may discard at once") {
  Witness::Record record;
  Reaper reaper;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int number = 0; number < 500; ++number) reaper.discard(Witness(record));
      });
    }
  }
  reaper.wait_until_idle();
  CHECK(record.destroyed == 2000);
  CHECK(reaper.freed_objects() == 2000);
}
