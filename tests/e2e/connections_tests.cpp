// Connecting: which clients, how many, for how long, and over what.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <chrono>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/support/sanitizers.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;

bool is_answered(Client& client) {
  return client.ask({"PING"}).text == "PONG";
}

// Whether a new connection is answered; false if it is turned away.
bool is_newcomer_answered(const ServerProcess& server) {
  Client client = server.connect();
  if (!client.send({"PING"})) return false;
  const auto reply = client.read_reply();
  return reply && reply->text == "PONG";
}

bool has_ipv6() {
  const Descriptor socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  return socket.get() >= 0 && ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

TEST_CASE("one connection more than maxclients is turned away with the reason, until another leaves") {
  ServerProcess server(sluice_server({"--maxclients", "3"}));
  std::vector<Client> clients;
  // The connection that the server was first tried with may still be on its way out.
  while (clients.size() < 3) {
    Client client = server.connect();
    client.send({"PING"});
    const auto reply = client.read_reply();
    if (reply && reply->text == "PONG") clients.push_back(std::move(client));
  }
  Client refused = server.connect();
  CHECK(refused.read_to_end() == "-ERR max number of clients reached\r\n");
  for (Client& client : clients) CHECK(is_answered(client));
  clients.pop_back();
  CHECK(eventually([&] { return is_newcomer_answered(server); }));
}

TEST_CASE("who says nothing for longer than the timeout is disconnected, who talks is not") {
  ServerProcess server(sluice_server({"--timeout", "1"}));
  Client silent = server.connect();
  Client talking = server.connect();
  CHECK(is_answered(silent));
  const auto start = std::chrono::steady_clock::now();
  Client watched = std::move(silent);
  bool is_gone = false;
  while (!is_gone && std::chrono::steady_clock::now() < start + 20s) {
    REQUIRE(is_answered(talking));
    char byte = 0;
    is_gone = ::recv(watched.descriptor(), &byte, 1, MSG_PEEK) == 0;
    pause_between_polls();
  }
  CHECK(is_gone);
  CHECK(std::chrono::steady_clock::now() - start >= 900ms);
  CHECK(is_answered(talking));
}

TEST_CASE("a request that takes longer to come than the timeout is not cut off") {
  ServerProcess server(sluice_server({"--timeout", "1"}));
  Client slow = server.connect();
  slow.send_bytes("*2\r\n$4\r\nECHO\r\n$30\r\n");
  for (int piece = 0; piece < 30; ++piece) {
    slow.send_bytes("x");
    std::this_thread::sleep_for(100ms);
  }
  slow.send_bytes("\r\n");
  CHECK(slow.read_reply()->text == std::string(30, 'x'));
}

TEST_CASE("who is killed is disconnected before the killer is told") {
  ServerProcess server(sluice_server({}));
  Client killer = server.connect();
  for (int round = 0; round < 100; ++round) {
    Client victim = server.connect();
    const std::string id = std::to_string(victim.ask({"CLIENT", "ID"}).integer);
    REQUIRE(killer.ask({"CLIENT", "KILL", "ID", id}).integer == 1);
    char byte = 0;
    REQUIRE(::recv(victim.descriptor(), &byte, 1, MSG_DONTWAIT) == 0);
  }
}

TEST_CASE("what was sent counts, to whoever it went and however the connection ended") {
  ServerProcess server(sluice_server({}));
  Client observer = server.connect();
  const auto sent_bytes = [&] {
    const std::string info = observer.ask({"INFO", "stats"}).text;
    return std::stoull(info.substr(info.find("total_net_output_bytes:") + 23));
  };
  const std::string value(10000, 'v');
  REQUIRE(observer.ask({"SET", "key", value}).text == "OK");
  Client subscriber = server.connect();
  REQUIRE(subscriber.send({"SUBSCRIBE", "channel"}));
  REQUIRE(subscriber.read_reply());
  const auto before = sent_bytes();
  CHECK(server.connect().ask({"GET", "key"}).text == value);
  CHECK(sent_bytes() - before > value.size());
  observer.ask({"PUBLISH", "channel", value});
  CHECK(sent_bytes() - before > 2 * value.size());
}

TEST_CASE("the unix socket has the mode that was asked for, and leads in") {
  ServerProcess server(sluice_server({"--unixsocketperm", "700"}));
  struct stat status{};
  REQUIRE(::stat(server.unix_path().c_str(), &status) == 0);
  CHECK(S_ISSOCK(status.st_mode));
  CHECK((status.st_mode & 0777) == 0700);
  Client client = server.connect_unix();
  CHECK(is_answered(client));
}

TEST_CASE("a server may listen on the unix socket alone") {
  const TemporaryFolder folder;
  Process server({sluice_server().program, "--port", "0", "--unixsocket", folder.path("socket")}, {});
  CHECK(eventually([&] {
    try {
      Client client = Client::connect_unix(folder.path("socket"));
      return is_answered(client);
    } catch (const std::system_error&) {
      return false;
    }
  }));
}

TEST_CASE("IPv6 works like IPv4") {
  if (!has_ipv6()) {
    MESSAGE("this machine has no IPv6");
    return;
  }
  ServerProcess server(sluice_server());
  Client client = Client::connect_tcp(server.port(), "::1");
  CHECK(is_answered(client));
  const std::string description = client.ask({"CLIENT", "LIST"}).text;
  CHECK(description.find("addr=[::1]:") != std::string::npos);
}

TEST_CASE("bind decides where connections are taken") {
  ServerProcess server(sluice_server({"--bind", "127.0.0.1"}));
  Client client = server.connect();
  CHECK(is_answered(client));
  CHECK_THROWS_AS(Client::connect_tcp(server.port(), "127.0.0.2"), std::system_error);
}

TEST_CASE("a port that is taken is reported, and the server does not start") {
  ServerProcess first(sluice_server());
  const auto second = run_program({sluice_server().program, "--port", std::to_string(first.port())});
  CHECK(second.exit_status == 1);
  CHECK_MESSAGE(second.output.find("Address already in use") != std::string::npos, second.output);
}

TEST_CASE("CONFIG SET bind takes effect at once") {
  ServerProcess server(sluice_server({"--bind", "127.0.0.1"}));
  Client client = server.connect();
  CHECK(client.ask({"CONFIG", "SET", "bind", "127.0.0.1 127.0.0.2"}).text == "OK");
  Client newcomer = Client::connect_tcp(server.port(), "127.0.0.2");
  CHECK(is_answered(newcomer));
  CHECK(is_answered(client));
}

TEST_CASE("a port that is taken is refused by CONFIG SET, and the server goes on listening where it was") {
  ServerProcess first(sluice_server());
  ServerProcess second(sluice_server());
  Client client = second.connect();
  const auto reply = client.ask({"CONFIG", "SET", "port", std::to_string(first.port())});
  CHECK(reply.text.find("Unable to listen on this port") != std::string::npos);
  CHECK(is_newcomer_answered(second));
}

// The server may open no further descriptors; a hundred clients wait to be accepted. (Not in a sanitizer build: the
// sanitizer takes descriptors for its own checks, and without any its findings are wrong.)
struct ServerWithoutDescriptors {
  ServerWithoutDescriptors() {
    for (int number = 0; number < 20; ++number) {
      established.push_back(server.connect());
      REQUIRE(is_answered(established.back()));
    }
    server.process().limit_descriptors(20);
    for (int number = 0; number < 100; ++number) waiting.push_back(server.connect());
  }

  ServerProcess server{sluice_server()};
  std::vector<Client> established;
  std::vector<Client> waiting;
};

TEST_CASE("without descriptors for newcomers the server goes on serving those it has, and does not spin" *
          doctest::skip(is_sanitized)) {
  ServerWithoutDescriptors given;
  const auto cpu_before = given.server.process().cpu_time();
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() < start + 1s) {
    for (Client& client : given.established) REQUIRE(is_answered(client));
    pause_between_polls();
  }
  const auto elapsed = std::chrono::steady_clock::now() - start;
  CHECK(given.server.process().cpu_time() - cpu_before < elapsed * 2 / 3);
}

TEST_CASE("once descriptors are free again those who wait are served" * doctest::skip(is_sanitized)) {
  ServerWithoutDescriptors given;
  Client& first = given.waiting.front();
  first.send({"PING"});
  CHECK_FALSE(eventually([&] { return first.try_read_reply().has_value(); }, 300ms));
  given.established.clear();
  CHECK(first.read_reply()->text == "PONG");
  CHECK(given.server.terminate() == 0);
}

TEST_CASE("who sends without end and asks nothing does not keep others from being answered") {
  for (const char* beginning : {"", "QUIT\r\n", "*x\r\n"}) {
    CAPTURE(beginning);
    ServerProcess server(sluice_server({}));
    Client asking = server.connect();
    Client flooding = server.connect();
    flooding.send_bytes(beginning);
    const std::jthread flood([&flooding](const std::stop_token& stop) {
      const std::string blank_lines(64UL * 1024, '\n');
      while (!stop.stop_requested() && flooding.try_send(blank_lines)) {
      }
    });
    for (int question = 0; question < 200; ++question) REQUIRE(is_answered(asking));
  }
}

TEST_CASE("the buffers of connections that have been quiet for a while are given back") {
  for (const char* io_threads : {"1", "3"}) {
    CAPTURE(io_threads);
    // Given a connection that has sent and received much at once, and one that stopped in the middle of a request
    ServerProcess server(sluice_server({"--io-threads", io_threads}));
    Client observer = server.connect();
    Client quiet = server.connect();
    Client halfway = server.connect();
    const std::string value(4000, 'v');
    REQUIRE(quiet.ask({"SET", "key", value}).text == "OK");
    const std::string quiet_id = std::to_string(quiet.ask({"CLIENT", "ID"}).integer);
    const std::string halfway_id = std::to_string(halfway.ask({"CLIENT", "ID"}).integer);
    halfway.send_bytes("*2\r\n$4\r\nECHO\r\n$5\r\nhel");
    const auto facts_of = [&](const std::string& id) { return observer.ask({"CLIENT", "LIST", "ID", id}).text; };
    CHECK(facts_of(quiet_id).find(" qbuf-free=16384 ") != std::string::npos);

    // When nothing more comes, then the one keeps no buffer and the other what it needs
    CHECK(eventually([&] { return facts_of(quiet_id).find(" qbuf-free=0 argv-mem=0 ") != std::string::npos; }));
    CHECK(facts_of(quiet_id).find(" rbs=0 ") != std::string::npos);
    CHECK(facts_of(halfway_id).find(" qbuf=21 ") != std::string::npos);

    // And both go on where they were
    CHECK(quiet.ask({"GET", "key"}).text == value);
    halfway.send_bytes("lo\r\n");
    CHECK(halfway.read_reply()->text == "hello");
  }
}

}  // namespace
}  // namespace sluice::tests
