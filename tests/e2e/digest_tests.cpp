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

TEST_CASE_FIXTURE(Servers, "hashes, packed and in tables, have the digests of Redis") {
  run({"HSET", "small", "field", "value", "", "", "number", "-5", "bytes", std::string("\0\xff\r\n", 4)});
  run({"HINCRBYFLOAT", "small", "float", "0.1"});
  run({"HSET", "long", "field", std::string(65, 'x')});
  for (int index = 0; index < 1000; ++index) run({"HSET", "large", "field " + std::to_string(index), "value"});
  run({"EXPIRE", "small", "1000"});
  run({"COPY", "large", "copy"});
  for (const auto* key : {"small", "long", "large", "copy"}) check_value(key);
  check_digests();
}

TEST_CASE_FIXTURE(Servers, "sets of integers, packed and in tables, have the digests of Redis") {
  run({"SADD", "integers", "-5", "0", "7", "70000", "1099511627776"});
  run({"SADD", "mixed", "a", "1", "-5", "", std::string("\0\xff", 2)});
  for (int index = 0; index < 1000; ++index) {
    run({"SADD", "many integers", std::to_string(index)});
    run({"SADD", "large", "member " + std::to_string(index)});
  }
  run({"SUNIONSTORE", "union", "integers", "mixed"});
  run({"EXPIRE", "mixed", "1000"});
  run({"COPY", "integers", "copy"});
  for (const auto* key : {"integers", "mixed", "many integers", "large", "union", "copy"}) check_value(key);
  check_digests();
}

TEST_CASE_FIXTURE(Servers, "sorted sets, packed and in order, have the digests of Redis") {
  run({"ZADD", "small", "1", "a", "-0", "b", "3.0000000000000004", "c", "1e20", "d", "1e-7", "e"});
  run({"ZADD", "bounds", "inf", "a", "-inf", "b", "17976931348623157e292", "c", "5e-324", "d"});
  for (int index = 0; index < 1000; ++index) {
    run({"ZADD", "large", std::to_string(index) + ".3", "member " + std::to_string(index)});
  }
  run({"ZUNIONSTORE", "union", "2", "small", "bounds", "WEIGHTS", "0.1", "1"});
  run({"EXPIRE", "small", "1000"});
  run({"COPY", "large", "copy"});
  for (const auto* key : {"small", "bounds", "large", "union", "copy"}) check_value(key);
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
