#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/support/in_process_server.hpp"

// Elements of collections at both ends of what requests may bring.
namespace sluice::tests {
namespace {

struct Fixture {
  std::int64_t count(const Request& request) { return server.run(request)->integer; }
  std::string text(const Request& request) { return server.run(request)->text; }

  InProcessServer server;
};

TEST_CASE_FIXTURE(Fixture, "fields, values and members may be empty, and may be large") {
  constexpr std::size_t large = 100'000'000;
  for (const std::size_t size : {std::size_t{0}, large}) {
    CAPTURE(size);
    const std::string bytes(size, 'b');

    CHECK(count({"HSET", "h", bytes, bytes}) == 1);
    CHECK(count({"HEXISTS", "h", bytes}) == 1);
    CHECK(text({"HGET", "h", bytes}) == bytes);
    CHECK(text({"HRANDFIELD", "h"}) == bytes);
    CHECK(count({"HDEL", "h", bytes}) == 1);

    CHECK(count({"SADD", "s", bytes}) == 1);
    CHECK(count({"SADD", "s", bytes}) == 0);
    CHECK(count({"SISMEMBER", "s", bytes}) == 1);
    CHECK(count({"SUNIONSTORE", "t", "s"}) == 1);
    CHECK(text({"SPOP", "s"}) == bytes);
    CHECK(count({"SREM", "t", bytes}) == 1);

    CHECK(count({"ZADD", "z", "1.5", bytes}) == 1);
    CHECK(text({"ZSCORE", "z", bytes}) == "1.5");
    CHECK(count({"ZUNIONSTORE", "y", "1", "z"}) == 1);
    CHECK(server.run({"ZRANGE", "y", "0", "-1"})->elements.front().text == bytes);
    CHECK(count({"ZREM", "z", bytes}) == 1);
    CHECK(count({"ZREM", "y", bytes}) == 1);

    CHECK(count({"GEOADD", "g", "13.361389", "38.115556", bytes}) == 1);
    CHECK(server.run({"GEOSEARCH", "g", "FROMMEMBER", bytes, "BYRADIUS", "1", "m"})->elements.front().text == bytes);
    CHECK(count({"ZREM", "g", bytes}) == 1);
  }
  CHECK(count({"DBSIZE"}) == 0);
}

}  // namespace
}  // namespace sluice::tests
