// How a server ends: in order, whatever it is doing, and at once for those who insist.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/support/sanitizers.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;

bool can_connect(const ServerProcess& server) {
  try {
    server.connect();
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

TEST_CASE("a signal ends the server in order and removes its unix socket") {
  for (const int signal : {SIGTERM, SIGINT}) {
    for (const char* io_threads : {"1", "4"}) {
      CAPTURE(signal);
      CAPTURE(io_threads);
      ServerProcess server(sluice_server({"--io-threads", io_threads}));
      Client idle = server.connect();
      idle.ask({"PING"});
      REQUIRE(std::filesystem::exists(server.unix_path()));
      server.process().signal(signal);
      CHECK(idle.is_closed_by_server());
      CHECK(server.wait() == 0);
      CHECK_FALSE(std::filesystem::exists(server.unix_path()));
    }
  }
}

TEST_CASE("SHUTDOWN ends the server and closes the connection instead of answering") {
  for (const Request& request :
       {Request{"SHUTDOWN", "NOSAVE"}, Request{"SHUTDOWN"}, Request{"SHUTDOWN", "NOW", "FORCE"}}) {
    ServerProcess server(sluice_server());
    Client client = server.connect();
    client.send(request);
    CHECK(client.is_closed_by_server());
    CHECK(server.wait() == 0);
  }
}

// One of many clients that keep the server busy: pipelines of INCR on a key of its own.
class BusyClient {
 public:
  BusyClient(Client client, int number, std::atomic<int>& warmed_up)
      : client_(std::move(client)), key_("counter:" + std::to_string(number)), warmed_up_(warmed_up) {}

  // Until the server closes the connection.
  void run() {
    std::string pipeline;
    for (int command = 0; command < pipeline_depth; ++command) pipeline += encode_request({"INCR", key_});
    while (client_.send_bytes(pipeline)) {
      unanswered_ += pipeline_depth;
      while (unanswered_ > pipeline_depth && take_reply()) {
      }
    }
    while (take_reply()) {
    }
  }

  std::int64_t reply_count() const { return reply_count_; }
  // Each INCR counts one up: a reply that is missing, repeated or out of order shows.
  bool are_replies_consecutive() const { return are_consecutive_; }
  bool ends_with_whole_reply() const { return client_.unread().empty(); }

 private:
  static constexpr int pipeline_depth = 200;

  bool take_reply() {
    const auto reply = client_.read_reply();
    if (!reply) return false;
    --unanswered_;
    ++reply_count_;
    are_consecutive_ =
        are_consecutive_ && reply->kind == protocol::Reply::Kind::integer && reply->integer == reply_count_;
    if (reply_count_ == 5LL * pipeline_depth) ++warmed_up_;
    return true;
  }

  Client client_;
  std::string key_;
  std::atomic<int>& warmed_up_;
  int unanswered_ = 0;
  std::int64_t reply_count_ = 0;
  bool are_consecutive_ = true;
};

void check_shutdown_under_load(const std::string& io_threads) {
  constexpr int client_count = 50;
  ServerProcess server(sluice_server({"--io-threads", io_threads}));
  std::atomic<int> warmed_up = 0;
  std::vector<BusyClient> clients;
  for (int number = 0; number < client_count; ++number) clients.emplace_back(server.connect(), number, warmed_up);
  std::vector<std::jthread> threads;
  for (BusyClient& client : clients) threads.emplace_back([&client] { client.run(); });

  REQUIRE(eventually([&] { return warmed_up == client_count; }));
  server.process().signal(SIGTERM);
  CHECK(server.wait() == 0);
  threads.clear();

  for (const BusyClient& client : clients) {
    CHECK(client.are_replies_consecutive());
    CHECK(client.ends_with_whole_reply());
  }
}

TEST_CASE("under the full load of fifty clients every reply is whole and none is missing between others") {
  check_shutdown_under_load("1");
}

TEST_CASE("the same with connections on threads of their own") {
  check_shutdown_under_load("4");
}

// A client that never reads its replies keeps the server from ending.
class DeafClient {
 public:
  explicit DeafClient(Client client) : client_(std::move(client)) {
    const std::string request = encode_request({"ECHO", std::string(64UL * 1024, 'v')});
    std::size_t sent_bytes = 0;
    int idle_rounds = 0;
    while (idle_rounds < 20) {
      const auto count = client_.try_send(std::string_view(request).substr(sent_bytes % request.size()));
      REQUIRE(count.has_value());
      sent_bytes += *count;
      idle_rounds = *count == 0 ? idle_rounds + 1 : 0;
      if (*count == 0) pause_between_polls();
    }
  }

 private:
  Client client_;
};

TEST_CASE("a client that reads no replies is waited for, but no longer than shutdown-timeout") {
  for (const char* io_threads : {"1", "4"}) {
    CAPTURE(io_threads);
    ServerProcess server(sluice_server({"--shutdown-timeout", "1", "--io-threads", io_threads}));
    const DeafClient deaf(server.connect());
    const auto start = std::chrono::steady_clock::now();
    CHECK(server.terminate() == 0);
    CHECK(std::chrono::steady_clock::now() - start >= 900ms);
  }
}

TEST_CASE("a second signal ends the server at once") {
  for (const char* io_threads : {"1", "4"}) {
    CAPTURE(io_threads);
    ServerProcess server(sluice_server({"--shutdown-timeout", "600", "--io-threads", io_threads}));
    const DeafClient deaf(server.connect());
    server.process().signal(SIGTERM);
    REQUIRE(eventually([&] { return !can_connect(server); }));
    CHECK_FALSE(server.process().try_wait().has_value());
    server.process().signal(SIGTERM);
    CHECK(server.wait() == 1);
  }
}

TEST_CASE("a pipeline that is being executed is answered to its end") {
  ServerProcess server(sluice_server());
  Client client = server.connect();
  client.send_bytes(encode_pipeline({{"DEBUG", "SLEEP", "1"}, {"SET", "k", "v"}, {"GET", "k"}}));
  // While it sleeps nobody else is answered: that is how its beginning shows.
  Client other = server.connect();
  const auto answers_soon = [&] {
    other.send({"PING"});
    return eventually([&] { return other.try_read_reply().has_value(); }, 300ms);
  };
  REQUIRE(eventually([&] { return !answers_soon(); }));
  server.process().signal(SIGTERM);
  CHECK(client.read_reply()->text == "OK");
  CHECK(client.read_reply()->text == "OK");
  CHECK(client.read_reply()->text == "v");
  CHECK(client.is_closed_by_server());
  CHECK(server.wait() == 0);
}

}  // namespace
}  // namespace sluice::tests
