// How much memory a connection takes, by what it does.
#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/sanitizers.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

constexpr std::size_t connection_count = 1000;

// What the server has allocated. (The pages that it keeps for later are not told by a count of connections.)
std::size_t allocated_bytes(Client& client) {
  constexpr std::string_view field = "used_memory:";
  const std::string information = client.ask({"INFO", "memory"}).text;
  return std::stoul(information.substr(information.find(field) + field.size()));
}

// Checks that many connections that have all sent `request` come down to at most `bytes_max` each. Buffers are given
// back when a connection has been quiet for two seconds.
void check_cost(const Request& request, bool is_answered, std::size_t bytes_max) {
  ServerProcess server(sluice_server());
  Client asking = server.connect();
  const std::size_t bytes_before = allocated_bytes(asking);
  std::vector<Client> clients;
  for (std::size_t number = 0; number < connection_count; ++number) {
    clients.push_back(server.connect());
    clients.back().send(request);
    if (is_answered) clients.back().read_reply();
  }
  std::size_t bytes = 0;
  const bool is_cheap = eventually(
      [&] {
        bytes = (allocated_bytes(asking) - bytes_before) / connection_count;
        return bytes <= bytes_max;
      },
      std::chrono::seconds(20));
  CAPTURE(bytes);
  CHECK(is_cheap);
}

}  // namespace

TEST_CASE("a connection that is idle takes little memory" * doctest::skip(is_sanitized)) {
  check_cost({"PING"}, true, 3200);
}

TEST_CASE("a connection that waits takes little memory" * doctest::skip(is_sanitized)) {
  check_cost({"BLPOP", "queue", "0"}, false, 3500);
}

TEST_CASE("a connection that is subscribed takes little memory" * doctest::skip(is_sanitized)) {
  check_cost({"SUBSCRIBE", "channel"}, true, 3700);
}

TEST_CASE("a connection that watches a key takes little memory" * doctest::skip(is_sanitized)) {
  check_cost({"WATCH", "key"}, true, 3500);
}

}  // namespace sluice::tests
