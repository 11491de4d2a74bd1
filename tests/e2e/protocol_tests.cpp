// The protocol as a client sees it on the wire.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/sanitizers.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

ServerProcess& server() {
  static ServerProcess process(sluice_server());
  return process;
}

// What the server answers to `bytes` until it closes the connection, the client having said all it has to say.
std::string answer_to(std::string_view bytes) {
  Client client = server().connect();
  client.send_bytes(bytes);
  client.shut_down_sending();
  return client.read_to_end();
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t time = 0; time < times; ++time) all += text;
  return all;
}

TEST_CASE("a pipeline of any depth sent with one write is answered in order") {
  for (const int depth : {1, 2, 31, 32, 33, 1023, 1024, 1025, 20000}) {
    CAPTURE(depth);
    server().connect().ask({"DEL", "n"});
    std::string expected;
    for (int number = 1; number <= depth; ++number) expected += ":" + std::to_string(number) + "\r\n";
    const std::string pipeline = repeated(encode_request({"INCR", "n"}), static_cast<std::size_t>(depth));
    CHECK((answer_to(pipeline) == expected));
  }
}

TEST_CASE("a request may come byte by byte") {
  Client client = server().connect();
  const std::string stream =
      encode_request({"SET", "slow", "a\r\nb"}) + "GET slow\r\n" + encode_request({"GET", "slow"});
  for (const char byte : stream) client.send_bytes(std::string_view(&byte, 1));
  CHECK(client.read_reply()->text == "OK");
  CHECK(client.read_reply()->text == "a\r\nb");
  CHECK(client.read_reply()->text == "a\r\nb");
}

TEST_CASE("requests may be typed inline, with quotes") {
  CHECK(answer_to("PING\r\nPING\n\r\n  ECHO \"a\\x41\\n\"  \r\nECHO 'it\\'s'\r\n") ==
        "+PONG\r\n+PONG\r\n$3\r\naA\n\r\n$4\r\nit's\r\n");
}

TEST_CASE("a protocol error closes the connection, but what came before it is answered") {
  struct Example {
    std::string_view bytes;
    std::string_view error;
  };
  const Example examples[] = {
      {"*1\r\n:1\r\n", "-ERR Protocol error: expected '$', got ':'\r\n"},
      {"*x\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
      {"*2147483648\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
      {"*1\r\n$-1\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
      {"*1\r\n$536870913\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
      {"ECHO \"open\r\n", "-ERR Protocol error: unbalanced quotes in request\r\n"},
  };
  for (const Example& example : examples) {
    CAPTURE(example.bytes);
    const std::string before = repeated(encode_request({"PING"}), 500);
    const std::string behind = repeated(encode_request({"PING"}), 5000);
    Client client = server().connect();
    std::string bytes = before;
    bytes += example.bytes;
    bytes += behind;
    client.send_bytes(bytes);
    CHECK(client.read_to_end() == repeated("+PONG\r\n", 500) + std::string(example.error));
  }
}

TEST_CASE("an inline request that never ends is refused") {
  CHECK(answer_to(std::string(100'000, 'x')) == "-ERR Protocol error: too big inline request\r\n");
}

TEST_CASE("arguments of many megabytes come through unharmed") {
  const std::size_t size = (is_sanitized ? 8UL : 64UL) * 1024 * 1024;
  std::string value(size, '\0');
  for (std::size_t at = 0; at < size; at += 4093) value[at] = static_cast<char>(at % 251);
  Client client = server().connect();
  CHECK(client.ask({"SET", "big", value}).text == "OK");
  CHECK(client.ask({"STRLEN", "big"}).integer == static_cast<std::int64_t>(size));
  CHECK((client.ask({"GET", "big"}).text == value));
  client.ask({"DEL", "big"});
}

TEST_CASE("a request may have a hundred thousand words") {
  Request request{"DEL"};
  for (int number = 0; number < 100'000; ++number) request.push_back("key:" + std::to_string(number));
  Client client = server().connect();
  CHECK(client.ask(request).integer == 0);
}

TEST_CASE("who has said everything and closes that direction still gets all replies") {
  const std::string value(1000, 'v');
  const std::string replies = answer_to(repeated(encode_request({"ECHO", value}), 20000));
  CHECK(replies.size() == 20000 * (value.size() + std::string_view("$1000\r\n\r\n").size()));
  CHECK(replies.ends_with("v\r\n"));
}

TEST_CASE("half a request before the end is not answered") {
  CHECK(answer_to(encode_request({"PING"}) + "*2\r\n$4\r\nECHO\r\n$5\r\nhel") == "+PONG\r\n");
}

TEST_CASE("QUIT is answered, and nothing behind it") {
  Client client = server().connect();
  client.send_bytes(encode_pipeline({{"PING"}, {"QUIT"}, {"SET", "behind", "quit"}}));
  CHECK(client.read_to_end() == "+PONG\r\n+OK\r\n");
  CHECK(server().connect().ask({"EXISTS", "behind"}).integer == 0);
}

TEST_CASE("a web page's request ends the connection unanswered, runs nothing, and is logged once") {
  ServerProcess attacked(sluice_server());
  for (int attempt = 0; attempt < 3; ++attempt) {
    Client browser = attacked.connect();
    browser.send_bytes("POST / HTTP/1.1\r\nHost: 127.0.0.1:6379\r\nContent-Length: 20\r\n\r\nSET attacked yes\r\n");
    CHECK(browser.read_to_end().empty());
  }
  Client array = attacked.connect();
  array.send_bytes(encode_pipeline({{"PING"}, {"MULTI"}, {"host:", "x"}, {"SET", "attacked", "yes"}}));
  CHECK(array.read_to_end().empty());
  CHECK(attacked.connect().ask({"EXISTS", "attacked"}).integer == 0);
  const std::string log = attacked.log();
  const std::size_t told = log.find("cross-protocol");
  CHECK(told != std::string::npos);
  CHECK(log.find("cross-protocol", told + 1) == std::string::npos);
}

TEST_CASE("before authentication requests have to be small") {
  ServerProcess guarded(sluice_server({"--requirepass", "secret"}));
  Client client = guarded.connect();
  CHECK(client.ask({"GET", "k"}).text == "NOAUTH Authentication required.");
  Client greedy = guarded.connect();
  greedy.send_bytes("*100\r\n");
  CHECK(greedy.read_to_end() == "-ERR Protocol error: unauthenticated multibulk length\r\n");
  Client heavy = guarded.connect();
  heavy.send_bytes("*2\r\n$4\r\nECHO\r\n$20000\r\n");
  CHECK(heavy.read_to_end() == "-ERR Protocol error: unauthenticated bulk length\r\n");
  CHECK(client.ask({"AUTH", "secret"}).text == "OK");
  CHECK(client.ask({"ECHO", std::string(20000, 'x')}).text.size() == 20000);
}

}  // namespace
}  // namespace sluice::tests
