// DEBUG DIGEST and DEBUG DIGEST-VALUE, beside those of redis-server.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

struct Servers {
  Servers() : sluice(sluice_server()), redis(redis_server()), to_sluice(sluice.connect()), to_redis(redis.connect()) {}

  void run(const Request& request) {
    to_sluice.ask(request);
    to_redis.ask(request);
  }
  void check_digests() { CHECK(to_sluice.ask({"DEBUG", "DIGEST"}).text == to_redis.ask({"DEBUG", "DIGEST"}).text); }
  void check_value(const std::string& key) {
    CAPTURE(key);
    const Request request{"DEBUG", "DIGEST-VALUE", key};
    CHECK(to_sluice.ask(request).elements.at(0).text == to_redis.ask(request).elements.at(0).text);
  }

  ServerProcess sluice;
  ServerProcess redis;
  Client to_sluice;
  Client to_redis;
};

}  // namespace

TEST_CASE_FIXTURE(Servers, "strings, in whatever form they are kept, have the digests of Redis") {
  run({"SET", "integer", "12345"});
  run({"SET", "short", "value"});
  run({"SET", "empty", ""});
  run({"SET", "long", std::string(5000, 'x')});
  run({"APPEND", "raw", "7"});
  run({"SET", "expiring", "value", "EX", "1000"});
  for (const auto* key : {"integer", "short", "empty", "long", "raw", "expiring", "absent"}) check_value(key);
  check_digests();
}

TEST_CASE_FIXTURE(Servers, "lists, packed and in chunks, have the digests of Redis") {
  run({"RPUSH", "small", "a", "1", "-5", "long text of an element"});
  for (int index = 0; index < 3000; ++index) run({"RPUSH", "large", "element " + std::to_string(index)});
  run({"EXPIRE", "large", "1000"});
  check_value("small");
  check_value("large");
  check_digests();
}

TEST_CASE_FIXTURE(Servers, "the database of a key is part of the digest") {
  run({"SET", "key", "value"});
  run({"MOVE", "key", "5"});
  check_digests();
  run({"SELECT", "3"});
  run({"SET", "key", "value"});
  check_digests();
}

}  // namespace sluice::tests
