#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "server/dispatch/requests/arg_reader.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands {

// The arguments of HRANDFIELD, SRANDMEMBER and ZRANDMEMBER behind the key: [count [option]]. With a count ≥ 0 so many
// different elements are chosen, at most all; with a negative one as many as it says, some perhaps again.
struct RandomCount {
  std::optional<std::int64_t> count;
  bool with_option = false;  // WITHVALUES, WITHSCORES

  // `option` is empty for a command without one.
  static RandomCount parse(dispatch::ArgReader& reader, std::string_view option) {
    constexpr std::int64_t count_max = std::numeric_limits<std::int64_t>::max();
    RandomCount wanted;
    if (reader.done()) return wanted;
    if (option.empty() && reader.left() > 1) throw dispatch::syntax_error();
    wanted.count = reader.next_integer();
    if (*wanted.count < -count_max) {
      throw dispatch::CommandError(
          "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
    }
    if (!option.empty() && !reader.done()) {
      if (!reader.take_keyword(option) || !reader.done()) throw dispatch::syntax_error();
      wanted.with_option = true;
      // Each element is two words of the reply.
      if (*wanted.count < -count_max / 2 || *wanted.count > count_max / 2) {
        throw dispatch::CommandError("ERR value is out of range");
      }
    }
    reader.finish();
    return wanted;
  }

  bool may_repeat() const { return count && *count < 0; }
  // How many elements are asked for. Requires a count.
  std::size_t size() const { return static_cast<std::size_t>(may_repeat() ? -*count : *count); }
};

}  // namespace sluice::commands
