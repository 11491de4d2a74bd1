#include "server/commands/shared/timeout.hpp"

#include <cmath>
#include <limits>

#include "server/base/number_text.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands {

using dispatch::CommandError;

std::int64_t parse_timeout_ms(std::string_view seconds) {
  const auto number = base::parse_float(seconds);
  if (!number) throw CommandError("ERR timeout is not a float or out of range");
  const long double ms = std::ceil(*number * 1000);
  // Not so near the end of time that the time of day cannot be added.
  constexpr std::int64_t time_of_day_ms_max = 4'000'000'000'000;
  if (ms > static_cast<long double>(std::numeric_limits<std::int64_t>::max() - time_of_day_ms_max)) {
    throw CommandError("ERR timeout is out of range");
  }
  if (ms < 0) throw CommandError("ERR timeout is negative");
  return static_cast<std::int64_t>(ms);
}

}  // namespace sluice::commands
