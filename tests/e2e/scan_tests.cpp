// SCAN's promise: a key that is there from the first call to the last is returned, whatever happens to the others.
#include <doctest/doctest.h>

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tests/support/sanitizers.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

constexpr int stable_count = 5000;
constexpr int passing_count = is_sanitized ? 40'000 : 200'000;

// One request for each number from `first` on, all at once.
void run_for_range(Client& client, int first, int count, const std::function<Request(int)>& request) {
  std::string pipeline;
  for (int number = first; number < first + count; ++number) pipeline += encode_request(request(number));
  client.send_bytes(pipeline);
  for (int number = 0; number < count; ++number) client.read_reply();
}

Request set_stable(int number) {
  return {"SET", "stable:" + std::to_string(number), "v"};
}
Request set_passing(int number) {
  return {"SET", "passing:" + std::to_string(number), "v"};
}
Request delete_passing(int number) {
  return {"DEL", "passing:" + std::to_string(number)};
}

// Scans from one end to the other and calls `meanwhile` between the calls; returns which of the stable keys came.
std::set<std::string> scan_stable(Client& client, const std::string& count, const std::function<void()>& meanwhile) {
  std::set<std::string> seen;
  std::string cursor = "0";
  do {
    const auto reply = client.ask({"SCAN", cursor, "COUNT", count});
    REQUIRE(reply.elements.size() == 2);
    cursor = reply.elements[0].text;
    for (const auto& key : reply.elements[1].elements) {
      if (key.text.starts_with("stable:")) seen.insert(key.text);
    }
    meanwhile();
  } while (cursor != "0");
  return seen;
}

struct Fixture {
  Fixture() { run_for_range(scanning, 0, stable_count, set_stable); }

  ServerProcess server{sluice_server()};
  Client scanning = server.connect();
  Client writing = server.connect();
};

TEST_CASE("nothing is missed while the keyspace grows to many times its size") {
  Fixture given;
  int next = 0;
  const auto seen = scan_stable(given.scanning, "20", [&] {
    if (next >= passing_count) return;
    run_for_range(given.writing, next, 1000, set_passing);
    next += 1000;
  });
  CHECK(seen.size() == stable_count);
  CHECK(next >= passing_count);
}

TEST_CASE("nothing is missed while the keyspace shrinks to a fraction of its size") {
  Fixture given;
  run_for_range(given.writing, 0, passing_count, set_passing);
  int next = 0;
  const auto seen = scan_stable(given.scanning, "200", [&] {
    if (next >= passing_count) return;
    run_for_range(given.writing, next, 1000, delete_passing);
    next += 1000;
  });
  CHECK(seen.size() == stable_count);
  CHECK(given.scanning.ask({"DBSIZE"}).integer == stable_count + passing_count - next);
}

TEST_CASE("nothing is missed while the keyspace grows and shrinks in turn") {
  Fixture given;
  int round = 0;
  const auto seen = scan_stable(given.scanning, "50", [&] {
    const bool grows = round / 10 % 2 == 0;
    run_for_range(given.writing, round % 10 * 1000, 1000, grows ? set_passing : delete_passing);
    ++round;
  });
  CHECK(seen.size() == stable_count);
  CHECK(round > 20);
}

}  // namespace
}  // namespace sluice::tests
