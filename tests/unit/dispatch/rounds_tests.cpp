#include "server/dispatch/call/rounds.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include "tests/support/in_process_server.hpp"

namespace sluice::tests {
namespace {

constexpr std::int64_t second_us = 1'000'000;

TEST_CASE("reclaiming many expired keys does not make the tick come more often") {
  InProcessServer server;
  constexpr int key_count = 20'000;
  for (int index = 0; index < key_count; ++index) server.run({"SET", std::to_string(index), "v", "PX", "1"});
  server.clock().advance_ms(2);
  dispatch::Rounds& rounds = server.rounds();
  std::int64_t now_us = 100 * second_us;
  const std::int64_t begin_us = now_us;
  const std::uint64_t ticks_before = rounds.ticks();
  int calls = 0;
  while (now_us - begin_us < second_us) {
    now_us += rounds.keep(now_us);
    ++calls;
  }
  CHECK(server.run({"DBSIZE"})->integer == 0);
  CHECK(rounds.ticks() - ticks_before == 10);
  CHECK(calls > 20);
}

}  // namespace
}  // namespace sluice::tests
