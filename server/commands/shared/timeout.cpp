#include "server/commands/shared/timeout.hpp"

#include <cmath>
#include <limits>

#include "server/dispatch/requests/arg_reader.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands {

using dispatch::CommandError;
using dispatch::parse_float;

std::int64_t parse_timeout_ms(std::string_view seconds) {
  const auto number = parse_float(seconds);
  if (!number) throw CommandError("ERR timeout is not a float or out of range");
  const long double ms = std::ceil(*number * 1000);
  // Far enough from the end that the time of day can be added.
  if (ms > static_cast<long double>(std::numeric_limits<std::int64_t>::max() / 2)) {
    throw CommandError("ERR timeout is out of range");
  }
  if (ms < 0) throw CommandError("ERR timeout is negative");
  return static_cast<std::int64_t>(ms);
}

}  // namespace sluice::commands
