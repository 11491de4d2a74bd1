#include <doctest/doctest.h>

#include <string>

#include "tests/support/in_process_server.hpp"
#include "tests/support/sanitizers.hpp"

// Strings that proto-max-bulk-len allows and that no machine has the memory for. Sanitizers end the process where
// memory cannot be had, so there is nothing to see with them.
namespace sluice::tests {
namespace {

const std::string refusal = "ERR Insufficient memory, failed allocating the string";

struct Fixture {
  Fixture() { server.run({"CONFIG", "SET", "proto-max-bulk-len", "9223372036854775807"}); }
  std::string answer(const Request& request) { return server.run(request)->text; }

  InProcessServer server;
};

TEST_CASE_FIXTURE(Fixture, "SETRANGE is refused and changes nothing" * doctest::skip(is_sanitized)) {
  CHECK(answer({"SETRANGE", "absent", "4611686018427387904", "x"}) == refusal);
  CHECK(server.run({"EXISTS", "absent"})->integer == 0);
  for (const std::size_t size : {5UL, 100UL, 5000UL}) {
    const std::string value(size, 'v');
    server.run({"SET", "key", value});
    CHECK(answer({"SETRANGE", "key", "4611686018427387904", "x"}) == refusal);
    CHECK(answer({"GET", "key"}) == value);
  }
}

TEST_CASE_FIXTURE(Fixture, "DEBUG POPULATE is refused" * doctest::skip(is_sanitized)) {
  CHECK(answer({"DEBUG", "POPULATE", "1", "key", "4611686018427387904"}) == refusal);
  CHECK(answer({"DEBUG", "POPULATE", "1", "key", "9223372036854775807"}) == refusal);
  CHECK(server.run({"DBSIZE"})->integer == 0);
}

}  // namespace
}  // namespace sluice::tests
