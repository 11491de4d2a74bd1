// No client holds the server for longer than one of its commands takes: while one client keeps the server busy, another
// is answered.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/sanitizers.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Fixture {
  explicit Fixture(const std::string& io_threads)
      : server(sluice_server({"--io-threads", io_threads})), busy(server.connect()), pinging(server.connect()) {}

  // The longest that a PING takes while `requests`, in one pipeline, run.
  std::chrono::milliseconds longest_ping(const std::vector<Request>& requests) {
    busy.send_bytes(encode_pipeline(requests));
    std::size_t answered = 0;
    auto longest = Clock::duration::zero();
    while (answered < requests.size()) {
      const auto before = Clock::now();
      pinging.ask({"PING"});
      longest = std::max(longest, Clock::now() - before);
      while (busy.try_read_reply()) ++answered;
      std::this_thread::sleep_for(1ms);
    }
    return std::chrono::duration_cast<std::chrono::milliseconds>(longest);
  }

  std::chrono::milliseconds duration_of(const Request& request) {
    const auto before = Clock::now();
    busy.ask(request);
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - before);
  }

  ServerProcess server;
  Client busy;
  Client pinging;
};

// The machine may be busy with other things for that long.
constexpr auto noise = 100ms;

template <class Test>
void with_both_threadings(const Test& test) {
  for (const char* io_threads : {"1", "4"}) {
    CAPTURE(io_threads);
    Fixture given(io_threads);
    test(given);
  }
}

}  // namespace

TEST_CASE("a pipeline of slow commands holds the server for one of them at a time" * doctest::skip(is_sanitized)) {
  with_both_threadings([](Fixture& given) {
    given.busy.ask({"SET", "a", std::string(20'000, 'a')});
    given.busy.ask({"SET", "b", std::string(20'000, 'b')});
    const auto one = given.duration_of({"LCS", "a", "b", "LEN"});
    const std::vector<Request> twenty(20, {"LCS", "a", "b", "LEN"});
    CHECK(given.longest_ping(twenty) < 3 * one + noise);
  });
}

TEST_CASE("a pipeline of many quick commands does not hold the server" * doctest::skip(is_sanitized)) {
  with_both_threadings([](Fixture& given) {
    CHECK(given.longest_ping(std::vector<Request>(100'000, {"INCR", "counter"})) < noise);
    CHECK(given.longest_ping(std::vector<Request>(20'000, {"RPUSH", "list", "a", "b", "c", "d"})) < noise);
    CHECK(given.longest_ping(std::vector<Request>(100, {"LRANGE", "list", "0", "5000"})) < noise);
  });
}

TEST_CASE("a client that begins to wait for very many keys does not hold the server" * doctest::skip(is_sanitized)) {
  with_both_threadings([](Fixture& given) {
    Request pop{"BLPOP"};
    for (int number = 0; number < 100'000; ++number) pop.push_back("key:" + std::to_string(number));
    pop.push_back("0.1");
    // Entering so many keys takes a while by itself.
    CHECK(given.longest_ping({pop}) < 5 * noise);
  });
}

TEST_CASE("removing what is large does not hold the server" * doctest::skip(is_sanitized)) {
  with_both_threadings([](Fixture& given) {
    given.busy.ask({"DEBUG", "POPULATE", "300000", "key", "100"});
    CHECK(given.longest_ping({{"FLUSHALL"}}) < noise);
    const std::string element(1000, 'e');
    for (int part = 0; part < 100; ++part) {
      Request push{"RPUSH", "large"};
      push.insert(push.end(), 1000, element);
      given.busy.ask(push);
    }
    CHECK(given.longest_ping({{"DEL", "large"}}) < noise);
    given.busy.ask({"SET", "long", std::string(100UL << 20, 'v')});
    CHECK(given.longest_ping({{"DEL", "long"}}) < noise);
  });
}

TEST_CASE("reclaiming hundreds of thousands of keys does not hold the server" * doctest::skip(is_sanitized)) {
  Fixture given("1");
  std::vector<Request> requests;
  for (int number = 0; number < 200'000; ++number) {
    requests.push_back({"SET", "key:" + std::to_string(number), "value", "PX", "3000"});
  }
  given.longest_ping(requests);
  auto longest = Clock::duration::zero();
  for (const auto end = Clock::now() + 4s; Clock::now() < end; std::this_thread::sleep_for(1ms)) {
    const auto before = Clock::now();
    given.pinging.ask({"PING"});
    longest = std::max(longest, Clock::now() - before);
  }
  CHECK(longest < noise);
  CHECK(given.busy.ask({"DBSIZE"}).integer == 0);
}

TEST_CASE("within a pipeline time goes on: a key whose time comes meanwhile is not seen") {
  with_both_threadings([](Fixture& given) {
    given.busy.send_bytes(encode_pipeline(
        {{"SET", "k", "v", "PX", "30"}, {"DEBUG", "SLEEP", "0.085"}, {"GET", "k"}, {"PTTL", "k"}, {"PING"}}));
    given.busy.read_reply();
    given.busy.read_reply();
    CHECK(given.busy.read_reply()->kind == protocol::Reply::Kind::null);
    CHECK(given.busy.read_reply()->integer == -2);
    CHECK(given.busy.read_reply()->text == "PONG");
  });
}

TEST_CASE("within a transaction time stands still") {
  Fixture given("1");
  given.busy.send_bytes(
      encode_pipeline({{"MULTI"}, {"SET", "k", "v", "PX", "30"}, {"DEBUG", "SLEEP", "0.085"}, {"GET", "k"}, {"EXEC"}}));
  for (int queued = 0; queued < 4; ++queued) given.busy.read_reply();
  CHECK(given.busy.read_reply()->elements.at(2).text == "v");
}

}  // namespace sluice::tests
