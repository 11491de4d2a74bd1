// How much memory a connection takes, by what it does.
#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/sanitizers.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

constexpr std::size_t connection_count = 1000;

// The bytes of the server's memory for each of many connections that have all sent `request`, some seconds after.
std::size_t bytes_per_connection(const Request& request, bool is_answered) {
  ServerProcess server(sluice_server());
  const auto open = [&](std::size_t count) {
    std::vector<Client> clients;
    for (std::size_t number = 0; number < count; ++number) {
      Client client = server.connect();
      client.send(request);
      if (is_answered) client.read_reply();
      clients.push_back(std::move(client));
    }
    return clients;
  };
  // The first ones bring memory that all share.
  const auto first = open(100);
  std::this_thread::sleep_for(std::chrono::seconds(3));
  const std::size_t bytes_before = server.process().resident_bytes();
  const auto clients = open(connection_count);
  // Connections give their buffers back when they have been quiet for two seconds.
  std::this_thread::sleep_for(std::chrono::seconds(4));
  const std::size_t bytes = server.process().resident_bytes();
  return (bytes - std::min(bytes, bytes_before)) / connection_count;
}

}  // namespace

TEST_CASE("a connection that is idle takes little memory" * doctest::skip(is_sanitized)) {
  CHECK(bytes_per_connection({"PING"}, true) <= 3200);
}

TEST_CASE("a connection that waits takes little memory" * doctest::skip(is_sanitized)) {
  CHECK(bytes_per_connection({"BLPOP", "queue", "0"}, false) <= 3500);
}

TEST_CASE("a connection that is subscribed takes little memory" * doctest::skip(is_sanitized)) {
  CHECK(bytes_per_connection({"SUBSCRIBE", "channel"}, true) <= 3700);
}

TEST_CASE("a connection that watches a key takes little memory" * doctest::skip(is_sanitized)) {
  CHECK(bytes_per_connection({"WATCH", "key"}, true) <= 3500);
}

}  // namespace sluice::tests
