#include "server/commands/shared/timeout.hpp"

#include <doctest/doctest.h>

#include "server/dispatch/requests/command_error.hpp"

using sluice::commands::parse_timeout_ms;
using sluice::dispatch::CommandError;

TEST_CASE("a timeout is a number of seconds with fractions, rounded up to milliseconds") {
  CHECK(parse_timeout_ms("0") == 0);
  CHECK(parse_timeout_ms("1.5") == 1500);
  CHECK(parse_timeout_ms("0.0001") == 1);
  CHECK_THROWS_AS(parse_timeout_ms("-1"), CommandError);
  CHECK_THROWS_AS(parse_timeout_ms("soon"), CommandError);
  CHECK_THROWS_AS(parse_timeout_ms("nan"), CommandError);
  CHECK_THROWS_WITH_AS(parse_timeout_ms("inf"), "ERR timeout is out of range", CommandError);
  CHECK_THROWS_AS(parse_timeout_ms("1e300"), CommandError);
}
