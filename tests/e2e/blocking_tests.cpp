// Commands that wait, with real connections: whoever waits is served in turn, and is nobody's burden but its own.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tests/support/sanitizers.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using protocol::Reply;

struct Fixture {
  explicit Fixture(const std::string& io_threads, std::vector<std::string> arguments = {})
      : server(sluice_server(with_threads(io_threads, std::move(arguments)))) {}

  static std::vector<std::string> with_threads(const std::string& io_threads, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--io-threads", io_threads});
    return arguments;
  }

  std::size_t waiting_count() {
    const std::string information = control.ask({"INFO", "clients"}).text;
    constexpr std::string_view field = "blocked_clients:";
    return std::stoul(information.substr(information.find(field) + field.size()));
  }
  void await_waiting(std::size_t count) {
    REQUIRE(eventually([&] { return waiting_count() == count; }));
  }

  // A new connection that waits behind all those before it.
  Client park(const Request& request) {
    const std::size_t before = waiting_count();
    Client client = server.connect();
    client.send(request);
    await_waiting(before + 1);
    return client;
  }

  ServerProcess server;
  Client control = server.connect();
};

// Runs the test with connections on the manager's thread and on threads of their own.
template <class Test>
void with_both_threadings(const Test& test, const std::vector<std::string>& arguments = {}) {
  for (const char* io_threads : {"1", "4"}) {
    CAPTURE(io_threads);
    Fixture given(io_threads, arguments);
    test(given);
  }
}

std::string element_of(const std::optional<Reply>& reply) {
  return reply && reply->elements.size() == 2 ? reply->elements[1].text : "(no element)";
}

bool is_null(const std::optional<Reply>& reply) {
  return reply && reply->kind == Reply::Kind::null;
}

// Resets the connection instead of ending it in order.
void abort_connection(Client& client) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(client.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  client.close();
}

TEST_CASE("a client that goes while it waits is forgotten: what comes goes to the next") {
  with_both_threadings([](Fixture& given) {
    Client closed = given.park({"BLPOP", "list", "0"});
    Client aborted = given.park({"BLPOP", "list", "0"});
    Client half_closed = given.park({"BLMOVE", "list", "elsewhere", "LEFT", "LEFT", "0"});
    Client staying = given.park({"BLPOP", "list", "0"});
    closed.close();
    abort_connection(aborted);
    half_closed.shut_down_sending();
    given.await_waiting(1);
    CHECK(given.control.ask({"RPUSH", "list", "a", "b"}).integer == 2);
    CHECK(element_of(staying.read_reply()) == "a");
    CHECK(given.control.ask({"LLEN", "list"}).integer == 1);
    CHECK(given.control.ask({"EXISTS", "elsewhere"}).integer == 0);
    CHECK(half_closed.is_closed_by_server());
  });
}

TEST_CASE("what stands behind a command that waits is not run for a client that has gone") {
  with_both_threadings([](Fixture& given) {
    Client client = given.server.connect();
    client.send_bytes(encode_pipeline({{"BLPOP", "list", "0"}, {"SET", "trace", "x"}}));
    given.await_waiting(1);
    client.close();
    given.await_waiting(0);
    given.control.ask({"RPUSH", "list", "a"});
    CHECK(given.control.ask({"LLEN", "list"}).integer == 1);
    CHECK(given.control.ask({"EXISTS", "trace"}).integer == 0);
  });
}

TEST_CASE("a client that is killed while it waits is forgotten") {
  with_both_threadings([](Fixture& given) {
    Client killed = given.park({"BLPOP", "list", "0"});
    const std::string address = "127.0.0.1:" + std::to_string(killed.local_port());
    given.control.ask({"CLIENT", "KILL", address});
    CHECK(killed.is_closed_by_server());
    given.await_waiting(0);
    given.control.ask({"RPUSH", "list", "a"});
    CHECK(given.control.ask({"LLEN", "list"}).integer == 1);
  });
}

TEST_CASE("what stands behind a command that waits is run when the waiting is over") {
  with_both_threadings([](Fixture& given) {
    Client client = given.server.connect();
    client.send_bytes(encode_pipeline({{"BLPOP", "list", "0"}, {"PING"}, {"RPUSH", "list", "mine"}, {"LLEN", "list"}}));
    given.await_waiting(1);
    CHECK_FALSE(client.try_read_reply());
    given.control.ask({"RPUSH", "list", "a"});
    CHECK(element_of(client.read_reply()) == "a");
    CHECK(client.read_reply()->text == "PONG");
    CHECK(client.read_reply()->integer == 1);
    CHECK(client.read_reply()->integer == 1);
  });
}

TEST_CASE("a client may wait several times in one pipeline") {
  with_both_threadings([](Fixture& given) {
    Client client = given.server.connect();
    client.send_bytes(encode_pipeline({{"BLPOP", "first", "0"},
                                       {"BLPOP", "second", "0"},
                                       {"BLPOP", "never", "0.01"},
                                       {"BRPOP", "third", "0"},
                                       {"PING"}}));
    given.await_waiting(1);
    given.control.ask({"RPUSH", "third", "3"});
    given.control.ask({"RPUSH", "second", "2"});
    given.control.ask({"RPUSH", "first", "1"});
    CHECK(element_of(client.read_reply()) == "1");
    CHECK(element_of(client.read_reply()) == "2");
    CHECK(is_null(client.read_reply()));
    CHECK(element_of(client.read_reply()) == "3");
    CHECK(client.read_reply()->text == "PONG");
  });
}

TEST_CASE("a pipeline of more than one batch behind a command that waits is run to its end") {
  with_both_threadings([](Fixture& given) {
    constexpr int count = 5000;
    std::string pipeline = encode_request({"BLPOP", "list", "0"});
    for (int number = 0; number < count; ++number) pipeline += encode_request({"INCR", "counter"});
    Client client = given.server.connect();
    client.send_bytes(pipeline);
    given.await_waiting(1);
    CHECK(is_null(given.control.ask({"GET", "counter"})));
    given.control.ask({"RPUSH", "list", "a"});
    CHECK(element_of(client.read_reply()) == "a");
    for (int number = 1; number <= count; ++number) REQUIRE(client.read_reply()->integer == number);
  });
}

TEST_CASE("who came first is served first, whichever thread serves the connection") {
  with_both_threadings([](Fixture& given) {
    constexpr std::size_t count = 100;
    std::vector<Client> waiting;
    Request push{"RPUSH", "list"};
    for (std::size_t number = 0; number < count; ++number) {
      const bool takes_several = number % 2 == 1;
      waiting.push_back(given.park(takes_several ? Request{"BLMPOP", "0", "1", "list", "LEFT"}
                                                 : Request{"BLPOP", "list", "other", "0"}));
      push.push_back(std::to_string(number));
    }
    given.control.ask(push);
    for (std::size_t number = 0; number < count; ++number) {
      const auto reply = waiting[number].read_reply();
      REQUIRE(reply);
      REQUIRE(reply->elements.size() == 2);
      const Reply& element = reply->elements[1].elements.empty() ? reply->elements[1] : reply->elements[1].elements[0];
      CHECK(element.text == std::to_string(number));
    }
    CHECK(given.control.ask({"EXISTS", "list"}).integer == 0);
  });
}

TEST_CASE("waiting ends with a null, not before its time") {
  with_both_threadings([](Fixture& given) {
    Client client = given.server.connect();
    const auto start = std::chrono::steady_clock::now();
    client.send({"BLPOP", "list", "0.25"});
    CHECK(is_null(client.read_reply()));
    CHECK(std::chrono::steady_clock::now() - start >= 249ms);
    CHECK(given.waiting_count() == 0);
    given.control.ask({"RPUSH", "list", "a"});
    CHECK(given.control.ask({"LLEN", "list"}).integer == 1);
  });
}

TEST_CASE("a client that waits is not taken for idle") {
  with_both_threadings(
      [](Fixture& given) {
        Client client = given.server.connect();
        client.send({"BLPOP", "list", "2.5"});
        CHECK(is_null(client.read_reply()));
        CHECK(client.ask({"PING"}).text == "PONG");
      },
      {"--timeout", "1"});
}

TEST_CASE("the server ends in order while clients wait") {
  with_both_threadings([](Fixture& given) {
    std::vector<Client> waiting;
    for (int number = 0; number < 20; ++number) waiting.push_back(given.park({"BLPOP", "list", "0"}));
    Client pipelining = given.server.connect();
    pipelining.send_bytes(encode_pipeline({{"PING"}, {"BLPOP", "list", "0"}, {"PING"}}));
    given.await_waiting(21);
    CHECK(given.server.terminate() == 0);
    for (Client& client : waiting) CHECK(client.is_closed_by_server());
    CHECK(pipelining.read_reply()->text == "PONG");
    CHECK(pipelining.is_closed_by_server());
  });
}

// Raises the limit of descriptors as far as it goes; returns how many connections both sides can have.
std::size_t raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::size_t>(limit.rlim_cur) - 200;
}

TEST_CASE("ten thousand clients that wait are each served with their own element, and hinder nobody meanwhile") {
  const std::size_t count = std::min<std::size_t>(is_sanitized ? 1000 : 10'000, raise_descriptor_limit());
  with_both_threadings(
      [count](Fixture& given) {
        std::vector<Client> waiting;
        for (std::size_t number = 0; number < count; ++number) {
          waiting.push_back(given.server.connect());
          waiting.back().send({"BLPOP", "list:" + std::to_string(number), "common", "0"});
        }
        given.await_waiting(count);

        Client busy = given.server.connect();
        for (std::size_t number = 0; number < 1000; ++number) {
          REQUIRE(busy.ask({"RPUSH", "elsewhere", "x"}).integer == static_cast<std::int64_t>(number) + 1);
        }
        CHECK(given.waiting_count() == count);

        std::string pushes;
        for (std::size_t number = 0; number < count; ++number) {
          pushes += encode_request({"RPUSH", "list:" + std::to_string(number), std::to_string(number)});
        }
        busy.send_bytes(pushes);
        for (std::size_t number = 0; number < count; ++number) {
          REQUIRE(element_of(waiting[number].read_reply()) == std::to_string(number));
        }
        given.await_waiting(0);
      },
      {"--maxclients", "20000"});
}

// Workers take jobs from one list, note them in another while they are at it, and hand them on.
TEST_CASE("a queue between many clients loses nothing and doubles nothing") {
  with_both_threadings([](Fixture& given) {
    constexpr std::size_t worker_count = 20;
    constexpr std::size_t job_count = 3000;
    std::vector<Client> movers;
    std::vector<Client> takers;
    const Request move{"BLMOVE", "jobs", "done", "LEFT", "RIGHT", "0"};
    const Request take{"BLPOP", "done", "0"};
    for (std::size_t number = 0; number < worker_count; ++number) {
      movers.push_back(given.park(move));
      takers.push_back(given.park(take));
    }
    std::string pushes;
    for (std::size_t job = 0; job < job_count; ++job) {
      pushes += encode_request({job % 3 == 0 ? "LPUSH" : "RPUSH", "jobs", std::to_string(job)});
    }
    Client producer = given.server.connect();
    producer.send_bytes(pushes);

    std::multiset<std::string> taken;
    const auto send_movers_back = [&] {
      for (Client& mover : movers) {
        while (mover.try_read_reply()) mover.send(move);
      }
    };
    const bool is_done = eventually([&] {
      send_movers_back();
      for (Client& taker : takers) {
        while (const auto reply = taker.try_read_reply()) {
          taken.insert(element_of(reply));
          taker.send(take);
        }
      }
      return taken.size() >= job_count;
    });
    CHECK(is_done);
    // A job may be taken before the word that it was moved has come.
    CHECK(eventually([&] {
      send_movers_back();
      return given.waiting_count() == 2 * worker_count;
    }));
    CHECK(taken.size() == job_count);
    CHECK(std::set<std::string>(taken.begin(), taken.end()).size() == job_count);
    CHECK(given.control.ask({"EXISTS", "jobs", "done"}).integer == 0);
  });
}

TEST_CASE("the reply to a command that waited is whole, however large, with the usual limits") {
  with_both_threadings([](Fixture& given) {
    const std::string element(40UL << 20, 'e');
    Client waiting = given.park({"BLPOP", "queue", "0"});
    CHECK(given.control.ask({"RPUSH", "queue", element}).integer == 1);
    const auto reply = waiting.read_reply();
    REQUIRE(reply);
    CHECK(reply->elements.at(1).text == element);
    CHECK(waiting.ask({"PING"}).text == "PONG");
  });
}

TEST_CASE("a client that waits is counted with the keys that it waits for") {
  Fixture given("1");
  Client waiting = given.park({"BLPOP", std::string(20UL << 20, 'k'), "0"});
  const std::string list = given.control.ask({"CLIENT", "LIST"}).text;
  const std::size_t at = list.find("cmd=blpop");
  REQUIRE(at != std::string::npos);
  const std::size_t begin = list.rfind('\n', at) == std::string::npos ? 0 : list.rfind('\n', at);
  const std::size_t memory = list.find("tot-mem=", begin);
  CHECK(std::stoull(list.substr(memory + 8)) > (20UL << 20));
}

TEST_CASE("a call that waited counts when it is answered, and its time is not that of the next command") {
  Fixture given("1");
  const auto calls_of = [&](const std::string& command) {
    const std::string information = given.control.ask({"INFO", "commandstats"}).text;
    const std::string field = "cmdstat_" + command + ":calls=";
    const std::size_t at = information.find(field);
    return at == std::string::npos ? 0 : std::stoi(information.substr(at + field.size()));
  };
  Client served = given.park({"BLPOP", "queue", "0"});
  Client timed_out = given.park({"BLPOP", "other", "0.3"});
  CHECK(calls_of("blpop") == 0);
  given.control.ask({"RPUSH", "queue", "element"});
  served.read_reply();
  CHECK(calls_of("blpop") == 1);
  timed_out.read_reply();
  CHECK(calls_of("blpop") == 2);
  // A move into a key of another type fails when it is served.
  given.control.ask({"SET", "string", "value"});
  Client failing = given.park({"BLMOVE", "queue", "string", "LEFT", "LEFT", "0"});
  given.control.ask({"RPUSH", "queue", "element"});
  CHECK(failing.read_reply()->text.starts_with("WRONGTYPE"));
  const std::string information = given.control.ask({"INFO", "commandstats"}).text;
  const std::size_t at = information.find("cmdstat_blmove:");
  CHECK(information.substr(at, information.find('\r', at) - at).ends_with("failed_calls=1"));
}

TEST_CASE("a pause that begins right after somebody has begun to wait leaves it waiting, and its pipeline behind it") {
  with_both_threadings(
      [](Fixture& given) {
        Client waiting = given.server.connect();
        Client pausing = given.server.connect();
        Client sleeping = given.server.connect();
        for (Client* client : {&waiting, &pausing, &sleeping}) client->ask({"PING"});
        // Elements that are sent meanwhile are taken together.
        sleeping.send({"DEBUG", "SLEEP", "0.3"});
        waiting.send_bytes(encode_request({"BLPOP", "first", "0"}) + encode_request({"BLPOP", "second", "0"}));
        pausing.send({"CLIENT", "PAUSE", "100", "WRITE"});
        REQUIRE(sleeping.read_reply());
        REQUIRE(pausing.read_reply());

        given.control.ask({"RPUSH", "second", "b"});  // answered when the pause is over
        CHECK(given.waiting_count() == 1);
        CHECK_FALSE(waiting.try_read_reply());

        given.control.ask({"RPUSH", "first", "a"});
        CHECK(element_of(waiting.read_reply()) == "a");
        CHECK(element_of(waiting.read_reply()) == "b");
      },
      {"--enable-debug-command", "yes"});
}

}  // namespace
}  // namespace sluice::tests
