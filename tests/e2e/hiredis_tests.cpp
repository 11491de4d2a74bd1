// Sluice and the C client library that much of the Redis world is built on.
#include <doctest/doctest.h>
#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using ReplyPointer = std::unique_ptr<redisReply, FreeReply>;

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};

// A connection of hiredis; every call is checked.
class Connection {
 public:
  explicit Connection(redisContext* context) : context_(context) {
    REQUIRE(context_ != nullptr);
    REQUIRE_MESSAGE(context_->err == 0, context_->errstr);
  }

  ReplyPointer run(const std::vector<std::string>& words) {
    append(words);
    return take_reply();
  }

  void append(const std::vector<std::string>& words) {
    std::vector<const char*> bytes;
    std::vector<std::size_t> sizes;
    for (const std::string& word : words) {
      bytes.push_back(word.data());
      sizes.push_back(word.size());
    }
    REQUIRE(redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), bytes.data(), sizes.data()) ==
            REDIS_OK);
  }

  ReplyPointer take_reply() {
    void* reply = nullptr;
    REQUIRE_MESSAGE(redisGetReply(context_.get(), &reply) == REDIS_OK, context_->errstr);
    return ReplyPointer(static_cast<redisReply*>(reply));
  }

 private:
  std::unique_ptr<redisContext, FreeContext> context_;
};

std::string_view text(const ReplyPointer& reply) {
  return {reply->str, reply->len};
}

ServerProcess& server() {
  static ServerProcess process(sluice_server());
  return process;
}

Connection connect() {
  return Connection(redisConnect("127.0.0.1", server().port()));
}

TEST_CASE("hiredis reads every kind of reply") {
  Connection connection = connect();
  CHECK(connection.run({"FLUSHALL"})->type == REDIS_REPLY_STATUS);
  CHECK(text(connection.run({"SET", "greeting", "hello"})) == "OK");
  CHECK(text(connection.run({"GET", "greeting"})) == "hello");
  CHECK(connection.run({"GET", "nothing"})->type == REDIS_REPLY_NIL);
  CHECK(connection.run({"INCRBY", "count", "42"})->integer == 42);
  const ReplyPointer error = connection.run({"INCR", "greeting"});
  CHECK(error->type == REDIS_REPLY_ERROR);
  CHECK(text(error) == "ERR value is not an integer or out of range");
  const ReplyPointer values = connection.run({"MGET", "greeting", "nothing", "count"});
  REQUIRE(values->type == REDIS_REPLY_ARRAY);
  REQUIRE(values->elements == 3);
  CHECK(values->element[1]->type == REDIS_REPLY_NIL);
  CHECK(std::string_view(values->element[2]->str) == "42");
}

TEST_CASE("replies to a pipeline come in the order of its commands") {
  Connection connection = connect();
  connection.run({"DEL", "counter"});
  constexpr int count = 10000;
  for (int number = 0; number < count; ++number) connection.append({"INCR", "counter"});
  for (int number = 1; number <= count; ++number) REQUIRE(connection.take_reply()->integer == number);
}

TEST_CASE("keys and values may hold any bytes") {
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  Connection connection = connect();
  CHECK(text(connection.run({"SET", all_bytes, all_bytes + all_bytes})) == "OK");
  CHECK(text(connection.run({"GET", all_bytes})) == all_bytes + all_bytes);
  CHECK(connection.run({"STRLEN", all_bytes})->integer == 512);
}

TEST_CASE("values may be empty or many megabytes long") {
  Connection connection = connect();
  for (const std::size_t size : {0UL, 1UL, 16UL * 1024, 20UL * 1024 * 1024}) {
    CAPTURE(size);
    const std::string value(size, 'v');
    CHECK(text(connection.run({"SET", "value", value})) == "OK");
    CHECK((text(connection.run({"GET", "value"})) == value));
  }
}

TEST_CASE("many connections are served side by side") {
  connect().run({"DEL", "counter"});
  std::vector<Connection> connections;
  for (int number = 0; number < 300; ++number) connections.push_back(connect());
  for (Connection& connection : connections) connection.append({"INCR", "counter"});
  for (Connection& connection : connections) CHECK(connection.take_reply()->type == REDIS_REPLY_INTEGER);
  CHECK(text(connect().run({"GET", "counter"})) == "300");
}

TEST_CASE("the unix socket leads to the same data") {
  connect().run({"SET", "shared", "yes"});
  Connection over_unix(redisConnectUnix(server().unix_path().c_str()));
  CHECK(text(over_unix.run({"GET", "shared"})) == "yes");
}

}  // namespace
}  // namespace sluice::tests
