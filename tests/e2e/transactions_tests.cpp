// Transactions of many connections at once: each runs as a whole or not at all.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/sanitizers.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

using protocol::Reply;

std::string pipeline(const std::vector<Request>& requests) {
  std::string bytes;
  for (const Request& request : requests) bytes += encode_request(request);
  return bytes;
}

ServerOptions server_with(const char* io_threads) {
  return sluice_server({"--io-threads", io_threads});
}

TEST_CASE("a transaction may have very many commands") {
  constexpr std::size_t count = is_sanitized ? 20'000 : 200'000;
  ServerProcess server(server_with("4"));
  Client client = server.connect();
  std::string bytes = encode_request({"MULTI"});
  for (std::size_t number = 0; number < count; ++number) bytes += encode_request({"INCR", "counter"});
  client.send_bytes(bytes);
  REQUIRE(client.read_reply()->text == "OK");
  for (std::size_t number = 0; number < count; ++number) REQUIRE(client.read_reply()->text == "QUEUED");

  const Reply replies = client.ask({"EXEC"});

  REQUIRE(replies.elements.size() == count);
  for (std::size_t number = 0; number < count; ++number) {
    REQUIRE(replies.elements[number].integer == static_cast<std::int64_t>(number + 1));
  }
}

void check_transactions_are_whole(const char* io_threads) {
  constexpr std::size_t client_count = 16;
  constexpr std::size_t round_count = is_sanitized ? 50 : 500;
  ServerProcess server(server_with(io_threads));
  std::vector<Client> writers;
  std::vector<Client> readers;
  for (std::size_t number = 0; number < client_count; ++number) {
    writers.push_back(server.connect());
    readers.push_back(server.connect());
  }

  // In pieces, so that the transactions of all are open at the same time.
  const std::vector<std::string> writing{pipeline({{"MULTI"}, {"INCR", "a"}}), pipeline({{"INCR", "b"}, {"EXEC"}})};
  const std::vector<std::string> reading{pipeline({{"MULTI"}, {"GET", "a"}}), pipeline({{"GET", "b"}, {"EXEC"}})};
  for (std::size_t round = 0; round < round_count; ++round) {
    for (std::size_t piece = 0; piece < 2; ++piece) {
      for (Client& writer : writers) writer.send_bytes(writing[piece]);
      for (Client& reader : readers) reader.send_bytes(reading[piece]);
    }
  }

  std::size_t torn_count = 0;
  for (std::size_t round = 0; round < round_count; ++round) {
    for (std::vector<Client>* clients : {&writers, &readers}) {
      for (Client& client : *clients) {
        for (int replies = 0; replies < 3; ++replies) REQUIRE(client.read_reply());
        const auto both = client.read_reply();
        REQUIRE(both);
        REQUIRE(both->elements.size() == 2);
        const bool is_same =
            both->elements[0].integer == both->elements[1].integer && both->elements[0].text == both->elements[1].text;
        if (!is_same) ++torn_count;
      }
    }
  }
  CHECK(torn_count == 0);
  CHECK(writers[0].ask({"GET", "a"}).text == std::to_string(client_count * round_count));
}

TEST_CASE("no transaction sees a part of another") {
  check_transactions_are_whole("1");
  check_transactions_are_whole("4");
}

// Adds one to the number at "counter" by reading it, and only if nobody else has changed it meanwhile.
bool try_increment(Client& client, const std::string& present) {
  const std::string next = std::to_string(present.empty() ? 1 : std::stoll(present) + 1);
  client.send_bytes(pipeline({{"MULTI"}, {"SET", "counter", next}, {"EXEC"}}));
  client.read_reply();
  client.read_reply();
  const auto outcome = client.read_reply();
  REQUIRE(outcome);
  return outcome->kind != Reply::Kind::null && !outcome->elements.empty();
}

void check_watched_increments(const char* io_threads) {
  constexpr std::size_t client_count = 8;
  constexpr std::size_t round_count = is_sanitized ? 30 : 300;
  ServerProcess server(server_with(io_threads));
  std::vector<Client> clients;
  for (std::size_t number = 0; number < client_count; ++number) clients.push_back(server.connect());
  std::int64_t successes = 0;
  std::int64_t refusals = 0;
  for (std::size_t round = 0; round < round_count; ++round) {
    // All look before any of them writes: the first to come wins.
    for (Client& client : clients) client.send_bytes(pipeline({{"WATCH", "counter"}, {"GET", "counter"}}));
    std::vector<std::string> seen;
    for (Client& client : clients) {
      client.read_reply();
      seen.push_back(client.read_reply()->text);
    }
    for (std::size_t number = 0; number < client_count; ++number) {
      ++(try_increment(clients[number], seen[number]) ? successes : refusals);
    }
  }
  CHECK(successes == static_cast<std::int64_t>(round_count));
  CHECK(refusals == static_cast<std::int64_t>(round_count * (client_count - 1)));
  CHECK(clients[0].ask({"GET", "counter"}).text == std::to_string(successes));
}

TEST_CASE("of those who watch the same key one writes it and the others are refused") {
  check_watched_increments("1");
  check_watched_increments("4");
}

TEST_CASE("what was queued or watched by a connection that goes away is forgotten") {
  ServerProcess server(server_with("4"));
  Client observer = server.connect();
  for (int number = 0; number < 100; ++number) {
    Client leaving = server.connect();
    leaving.ask({"WATCH", "key"});
    leaving.ask({"MULTI"});
    leaving.ask({"SET", "key", "value"});
  }
  CHECK(observer.ask({"SET", "key", "other"}).text == "OK");
  CHECK(eventually([&] { return observer.ask({"CLIENT", "LIST"}).text.find("multi=1") == std::string::npos; }));
  CHECK(observer.ask({"GET", "key"}).text == "other");
}

}  // namespace
}  // namespace sluice::tests
