// Clients that do not play by the rules: those that read nothing, that stop in the middle of a command, that come and
// go in crowds, that take up too much. The server's memory stays bounded, and everybody else is served meanwhile.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/sanitizers.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

constexpr std::size_t mebibyte = 1024UL * 1024;

// The server, a client that behaves, and how much memory the server has taken at most since they began.
class Fixture {
 public:
  explicit Fixture(std::vector<std::string> arguments) : server(frugal_sluice_server(std::move(arguments))) {
    behaving.ask({"PING"});
    resident_bytes_before_ = server.process().resident_bytes();
  }

  Client connect_named(const std::string& name) {
    Client client = server.connect();
    client.ask({"CLIENT", "SETNAME", name});
    return client;
  }

  std::string info(const std::string& section) { return behaving.ask({"INFO", section}).text; }
  bool info_tells(const std::string& section, std::string_view field) { return info(section).contains(field); }
  bool is_connected(std::string_view name) {
    return behaving.ask({"CLIENT", "LIST"}).text.contains("name=" + std::string(name) + " ");
  }
  // CLIENT LIST's figure for the received part of the connection's command.
  std::size_t received_bytes(const std::string& name) {
    const std::string list = behaving.ask({"CLIENT", "LIST"}).text;
    constexpr std::string_view field = " qbuf=";
    const std::size_t line = list.find("name=" + name + " ");
    REQUIRE(line != std::string::npos);
    return std::stoul(list.substr(list.find(field, line) + field.size()));
  }
  bool log_tells(std::string_view text) const { return server.log().contains(text); }

  void note_memory() { resident_bytes_peak_ = std::max(resident_bytes_peak_, server.process().resident_bytes()); }
  std::size_t growth_bytes() const {
    return resident_bytes_peak_ - std::min(resident_bytes_peak_, resident_bytes_before_);
  }

  ServerProcess server;
  Client behaving = server.connect();

 private:
  std::size_t resident_bytes_before_ = 0;
  std::size_t resident_bytes_peak_ = 0;
};

// A command of two words whose second one is announced to be `bytes` long, and lacks its last byte and its end.
std::string echo_without_end(std::size_t bytes) {
  return "*2\r\n$4\r\nECHO\r\n$" + std::to_string(bytes) + "\r\n" + std::string(bytes - 1, 'x');
}

// --- Those who do not read

// A gigabyte, or what is still several times more than a connection may be owed.
constexpr std::size_t message_count = is_sanitized ? 128 : 1024;
// Subscribers may be owed 32 MiB; the rest is for the messages themselves and what the allocator keeps.
constexpr std::size_t owed_growth_bytes_max = is_sanitized ? 256 * mebibyte : 72 * mebibyte;

// `slow` has been promised a mebibyte for each request that the other client makes, and reads nothing.
void check_is_cut_off(Fixture& given, Client& slow, const Request& request) {
  for (std::size_t count = 0; count < message_count; ++count) {
    given.behaving.ask(request);
    given.note_memory();
  }
  CHECK(given.growth_bytes() < owed_growth_bytes_max);
  CHECK_FALSE(given.is_connected("slow"));
  CHECK(given.info_tells("stats", "\r\nclient_output_buffer_limit_disconnections:1\r\n"));
  CHECK(given.log_tells(" name=slow: "));
  CHECK(given.log_tells(" bytes wait for it to read them, more than client-output-buffer-limit allows for pubsub"));

  const std::size_t received_bytes = slow.read_to_end().size();
  CHECK(received_bytes < message_count * mebibyte / 2);
}

void check_slow_subscriber(std::vector<std::string> arguments) {
  Fixture given(std::move(arguments));
  Client slow = given.connect_named("slow");
  slow.ask({"SUBSCRIBE", "flood"});
  check_is_cut_off(given, slow, {"PUBLISH", "flood", std::string(mebibyte, 'm')});
  CHECK(given.behaving.ask({"PUBLISH", "flood", "anybody there?"}).integer == 0);
}

TEST_CASE("a subscriber that stops reading is cut off while a gigabyte is published") {
  check_slow_subscriber({});
}

TEST_CASE("a subscriber that stops reading is cut off, with connections on threads of their own") {
  check_slow_subscriber({"--io-threads", "4"});
}

void check_slow_monitor(std::vector<std::string> arguments) {
  Fixture given(std::move(arguments));
  Client slow = given.connect_named("slow");
  slow.ask({"MONITOR"});
  check_is_cut_off(given, slow, {"ECHO", std::string(mebibyte, 'm')});
}

TEST_CASE("a MONITOR that stops reading is cut off") {
  check_slow_monitor({});
}

TEST_CASE("a MONITOR that stops reading is cut off, with connections on threads of their own") {
  check_slow_monitor({"--io-threads", "4"});
}

// Replies are not made before the ones ahead of them have been taken.
void check_slow_reader(std::vector<std::string> arguments) {
  constexpr std::size_t growth_bytes_max = is_sanitized ? 64 * mebibyte : 16 * mebibyte;
  Fixture given(std::move(arguments));
  const std::string value(mebibyte, 'v');
  given.behaving.ask({"SET", "large", value});
  Client slow = given.connect_named("slow");
  given.note_memory();
  const std::size_t growth_bytes_before = given.growth_bytes();

  std::string requests;
  for (std::size_t count = 0; count < message_count; ++count) requests += encode_request({"GET", "large"});
  REQUIRE(slow.try_send(requests) == requests.size());
  for (int count = 0; count < 200; ++count) {
    CHECK(given.behaving.ask({"PING"}).text == "PONG");
    given.note_memory();
    pause_between_polls();
  }
  CHECK(given.growth_bytes() < growth_bytes_before + growth_bytes_max);
  CHECK(given.is_connected("slow"));

  std::size_t wrong_count = 0;
  for (std::size_t count = 0; count < message_count; ++count) {
    const auto reply = slow.read_reply();
    if (!reply || reply->text != value) ++wrong_count;
  }
  given.note_memory();
  CHECK(wrong_count == 0);
  CHECK(given.growth_bytes() < growth_bytes_before + growth_bytes_max);
}

TEST_CASE("a client that does not read its replies waits, and gets all of them when it reads again") {
  check_slow_reader({});
}

TEST_CASE("a client that does not read its replies waits, with connections on threads of their own") {
  check_slow_reader({"--io-threads", "4"});
}

TEST_CASE("replies that are more than client-output-buffer-limit allows are not sent in part") {
  Fixture given({});
  given.behaving.ask({"SET", "large", std::string(mebibyte / 4, 'v')});
  Client greedy = given.connect_named("greedy");
  given.behaving.ask({"CONFIG", "SET", "client-output-buffer-limit", "normal 100kb 0 0"});
  greedy.send_bytes(encode_request({"SET", "key", "value"}) + encode_request({"GET", "large"}));
  CHECK(greedy.read_to_end().empty());
  CHECK_FALSE(given.is_connected("greedy"));
  CHECK(given.behaving.ask({"GET", "key"}).text == "value");
  CHECK(given.log_tells(" name=greedy: "));
  CHECK(given.log_tells("more than client-output-buffer-limit allows for normal"));
}

// --- Those who ask for more than there is room for

constexpr std::size_t asked_for_count = 400;
// The replies may come to ten mebibytes, and are there twice when their buffer moves.
constexpr std::size_t unkept_growth_bytes_max = 64 * mebibyte;

Request many_times_the(const std::string& key) {
  Request request(1 + asked_for_count, key);
  request.front() = "MGET";
  return request;
}

// Has a client named `greedy` send `requests`, which ask for 400 MiB, and returns what it gets until it is cut off.
std::string ask_too_much(Fixture& given, const std::string& requests) {
  given.behaving.ask({"SET", "large", std::string(mebibyte, 'v')});
  given.behaving.ask({"CONFIG", "SET", "client-output-buffer-limit", "normal 10mb 0 0"});
  Client greedy = given.connect_named("greedy");
  const std::size_t peak_before = given.server.process().resident_bytes_peak();

  greedy.send_bytes(requests);
  std::string received = greedy.read_to_end();

  CHECK(given.server.process().resident_bytes_peak() < peak_before + unkept_growth_bytes_max);
  CHECK_FALSE(given.is_connected("greedy"));
  CHECK(given.info_tells("stats", "\r\nclient_output_buffer_limit_disconnections:1\r\n"));
  CHECK(given.log_tells(" name=greedy: its replies take more than client-output-buffer-limit allows for normal"));
  return received;
}

void check_large_reply(std::vector<std::string> arguments) {
  Fixture given(std::move(arguments));
  const std::string requests = encode_request(many_times_the("large")) + encode_request({"SET", "behind", "1"});
  CHECK(ask_too_much(given, requests).empty());
  CHECK(given.behaving.ask({"EXISTS", "behind"}).integer == 0);
}

TEST_CASE("a reply that is more than client-output-buffer-limit allows is not made: the client is cut off") {
  check_large_reply({});
}

TEST_CASE("a reply that is too large, with connections on threads of their own") {
  check_large_reply({"--io-threads", "4"});
}

// Half of a transaction would be worse than one whose outcome its client does not see.
void check_large_transaction(std::vector<std::string> arguments) {
  Fixture given(std::move(arguments));
  std::string requests = encode_request({"MULTI"});
  for (std::size_t count = 0; count < asked_for_count; ++count) requests += encode_request({"GET", "large"});
  requests += encode_request({"SET", "last", "1"}) + encode_request({"LPUSH", "large", "wrong type"});
  requests += encode_request({"EXEC"}) + encode_request({"SET", "behind", "1"});
  CHECK_FALSE(ask_too_much(given, requests).contains("vvv"));
  CHECK(given.behaving.ask({"EXISTS", "last"}).integer == 1);
  CHECK(given.behaving.ask({"EXISTS", "behind"}).integer == 0);
}

TEST_CASE("a transaction whose replies are too many runs to its end, and then its client is cut off") {
  check_large_transaction({});
}

TEST_CASE("a transaction whose replies are too many, with connections on threads of their own") {
  check_large_transaction({"--io-threads", "4"});
}

TEST_CASE("replies that are turned off may be of any size") {
  Fixture given({});
  given.behaving.ask({"SET", "large", std::string(mebibyte, 'v')});
  given.behaving.ask({"CONFIG", "SET", "client-output-buffer-limit", "normal 10mb 0 0"});
  Client client = given.server.connect();
  const std::size_t peak_before = given.server.process().resident_bytes_peak();
  client.send_bytes(encode_request({"ECHO", "before"}) + encode_request({"CLIENT", "REPLY", "SKIP"}) +
                    encode_request(many_times_the("large")) + encode_request({"ECHO", "after"}));
  CHECK(client.read_reply()->text == "before");
  CHECK(client.read_reply()->text == "after");
  CHECK(given.server.process().resident_bytes_peak() < peak_before + unkept_growth_bytes_max);
}

// --- Those who stop in the middle

void check_stalled_clients(std::vector<std::string> arguments) {
  constexpr std::size_t client_count = 1000;
  constexpr std::size_t growth_bytes_per_client_max = (is_sanitized ? 96UL : 32UL) * 1024;
  constexpr std::size_t argument_bytes = 2000;
  Fixture given(std::move(arguments));
  const std::string request = encode_request({"ECHO", std::string(argument_bytes, 'x')});
  const std::string announced_only = "*2\r\n$4\r\nECHO\r\n$500000000\r\n";

  std::vector<Client> stalled;
  for (std::size_t number = 0; number < client_count; ++number) {
    stalled.push_back(given.server.connect());
    const bool announces = number % 2 == 0;
    stalled.back().send_bytes(announces ? announced_only : request.substr(0, request.size() / 2));
    if (number % 50 == 0) CHECK(given.behaving.ask({"PING"}).text == "PONG");
  }
  CHECK(eventually([&] { return given.info_tells("clients", "connected_clients:1001\r\n"); }));
  given.note_memory();
  CHECK(given.growth_bytes() < client_count * growth_bytes_per_client_max);

  // The other half of the command still comes into its own.
  stalled.back().send_bytes(request.substr(request.size() / 2));
  CHECK(stalled.back().read_reply()->text.size() == argument_bytes);
}

TEST_CASE("a thousand clients that stop in the middle of a command take up little, and nobody else waits") {
  check_stalled_clients({});
}

TEST_CASE("a thousand clients that stop in the middle, with connections on threads of their own") {
  check_stalled_clients({"--io-threads", "4"});
}

// --- Those who come and go

constexpr std::size_t crowd_size = is_sanitized ? 1000 : 5000;

// This process holds all the connections' other ends.
void raise_open_files_limit(std::size_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, count);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

// Closing the connection resets it: nothing is waited for, and no port stays occupied.
void drop_rudely(Client client) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(client.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void check_storm(std::vector<std::string> arguments) {
  constexpr std::size_t pings_apart = 25;
  raise_open_files_limit(crowd_size + 100);
  Fixture given(std::move(arguments));
  std::vector<Client> crowd;
  for (std::size_t number = 0; number < crowd_size; ++number) {
    crowd.push_back(given.server.connect());
    if (number % 3 == 1) crowd.back().send_bytes("*1\r\n$4\r\nPI");
    if (number % 3 == 2) crowd.back().send({"SUBSCRIBE", "storm"});
    if (number % pings_apart == 0) CHECK(given.behaving.ask({"PING"}).text == "PONG");
  }
  while (!crowd.empty()) {
    drop_rudely(std::move(crowd.back()));
    crowd.pop_back();
    if (crowd.size() % pings_apart == 0) CHECK(given.behaving.ask({"PING"}).text == "PONG");
  }
  CHECK(eventually([&] { return given.info_tells("clients", "connected_clients:1\r\n"); }));
  CHECK(given.behaving.ask({"PUBLISH", "storm", "over"}).integer == 0);
}

TEST_CASE("connections are answered while thousands of others are opened and dropped") {
  check_storm({});
}

TEST_CASE("connections are answered in a storm of others, with threads of their own") {
  check_storm({"--io-threads", "4"});
}

// --- Those who take up too much

TEST_CASE("a client that sends more than client-query-buffer-limit in one command is cut off") {
  Fixture given({"--client-query-buffer-limit", "1mb"});
  Client greedy = given.connect_named("greedy");
  greedy.send_bytes(echo_without_end(2 * mebibyte));
  CHECK(greedy.is_closed_by_server());
  CHECK(eventually([&] { return !given.is_connected("greedy"); }));
  CHECK(given.info_tells("stats", "\r\nclient_query_buffer_limit_disconnections:1\r\n"));
  CHECK(given.log_tells(" name=greedy: it asked for more at once than client-query-buffer-limit allows"));
}

TEST_CASE("many commands that are each below client-query-buffer-limit may be sent at once") {
  Fixture given({"--client-query-buffer-limit", "1mb"});
  constexpr int request_count = 50;
  const std::string value(mebibyte / 8, 'v');
  Client client = given.server.connect();
  std::string requests;
  for (int count = 0; count < request_count; ++count) requests += encode_request({"ECHO", value});
  client.send_bytes(requests);
  for (int count = 0; count < request_count; ++count) CHECK(client.read_reply()->text == value);
}

TEST_CASE("a client that queues more than client-query-buffer-limit behind MULTI is cut off") {
  Fixture given({"--client-query-buffer-limit", "1mb"});
  Client greedy = given.connect_named("greedy");
  greedy.ask({"MULTI"});
  const std::string value(mebibyte / 8, 'v');
  int queued_count = 0;
  for (; queued_count < 20; ++queued_count) {
    if (!greedy.send({"SET", "key", value}) || !greedy.read_reply()) break;
  }
  CHECK(queued_count >= 7);
  CHECK(queued_count < 10);
  CHECK_FALSE(given.is_connected("greedy"));
  CHECK(given.behaving.ask({"EXISTS", "key"}).integer == 0);
}

void check_client_eviction(std::vector<std::string> arguments) {
  Fixture given(std::move(arguments));
  const auto connect_holding = [&](const std::string& name, std::size_t bytes) {
    Client client = given.connect_named(name);
    if (name == "protected") client.ask({"CLIENT", "NO-EVICT", "on"});
    client.send_bytes(echo_without_end(bytes));
    return client;
  };
  Client small = connect_holding("small", mebibyte);
  Client large = connect_holding("large", 3 * mebibyte);
  Client guarded = connect_holding("protected", 4 * mebibyte);
  Client medium = connect_holding("medium", 2 * mebibyte);
  REQUIRE(eventually([&] { return given.received_bytes("small") >= mebibyte; }));
  REQUIRE(eventually([&] { return given.received_bytes("medium") >= 2 * mebibyte; }));
  REQUIRE(eventually([&] { return given.received_bytes("large") >= 3 * mebibyte; }));
  REQUIRE(eventually([&] { return given.received_bytes("protected") >= 4 * mebibyte; }));

  // Ten mebibytes are held: without the largest of those who may go, the rest is allowed.
  given.behaving.ask({"CONFIG", "SET", "maxmemory-clients", "9mb"});
  CHECK(large.is_closed_by_server());
  CHECK(given.info_tells("stats", "\r\nevicted_clients:1\r\n"));
  CHECK(given.log_tells(" name=large: it takes "));
  CHECK_FALSE(given.is_connected("large"));
  CHECK(given.is_connected("medium"));

  // The protected one stays, though it is the largest: so both others have to go.
  given.behaving.ask({"CONFIG", "SET", "maxmemory-clients", "4608kb"});
  CHECK(medium.is_closed_by_server());
  CHECK(small.is_closed_by_server());
  CHECK(given.is_connected("protected"));
  CHECK(given.info_tells("stats", "\r\nevicted_clients:3\r\n"));
}

TEST_CASE("with maxmemory-clients the largest clients go first, and those with CLIENT NO-EVICT never") {
  check_client_eviction({});
}

TEST_CASE("maxmemory-clients, with connections on threads of their own") {
  check_client_eviction({"--io-threads", "4"});
}

// --- Those who ask for more than there is

// Sanitizers map more address space than a process has memory, and end the process that asks for more.
TEST_CASE("a connection that takes more memory than there is ends, and nothing else does" *
          doctest::skip(is_sanitized)) {
  for (const char* io_threads : {"1", "2"}) {
    CAPTURE(io_threads);
    Fixture given({"--io-threads", io_threads});
    Client other = given.connect_named("other");
    given.server.process().limit_address_space(700 * mebibyte);
    for (const char* name : {"first", "second", "third"}) {
      Client greedy = given.connect_named(name);
      const bool is_taken = greedy.send_bytes(echo_without_end(400 * mebibyte));
      CHECK((!is_taken || greedy.is_closed_by_server()));
      CHECK(eventually([&] { return !given.is_connected(name); }));
    }
    const std::string list = given.behaving.ask({"CLIENT", "LIST"}).text;
    CHECK(std::ranges::count(list, '\n') == 2);
    CHECK(given.is_connected("other"));
    CHECK(other.ask({"ECHO", "alive"}).text == "alive");
    CHECK(given.server.terminate() == 0);
  }
}

TEST_CASE("LCS of strings whose table fits no memory is an error reply, as in Redis" * doctest::skip(is_sanitized)) {
  for (const char* io_threads : {"1", "2"}) {
    CAPTURE(io_threads);
    Fixture given({"--io-threads", io_threads});
    given.behaving.ask({"CONFIG", "SET", "proto-max-bulk-len", "9223372036854775807"});
    given.behaving.ask({"SETRANGE", "a", "45000000", "x"});
    given.behaving.ask({"SETRANGE", "b", "45000000", "x"});
    CHECK(given.behaving.ask({"LCS", "a", "b"}).text ==
          "ERR Insufficient memory, failed allocating transient memory for LCS");
    CHECK(given.behaving.ask({"PING"}).text == "PONG");
  }
}

TEST_CASE("DEBUG SLEEP takes times beyond those of clocks") {
  for (const char* seconds : {"inf", "1e300"}) {
    CAPTURE(seconds);
    ServerProcess server(sluice_server());
    Client asleep = server.connect();
    CHECK(asleep.send({"DEBUG", "SLEEP", seconds}));
    // A server that does not wake would not tell why it ended, were it not for its exit status.
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK_FALSE(server.process().try_wait());
    server.process().signal(SIGKILL);
    CHECK(server.wait() == 128 + SIGKILL);
  }
}

}  // namespace
}  // namespace sluice::tests
