#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/dispatch/requests/arg_reader.hpp"

namespace sluice::commands {

// The arguments that SCAN and its like for elements (HSCAN, SSCAN, ZSCAN) share: cursor [MATCH pattern] [COUNT count].
struct ScanOptions {
  std::uint64_t cursor = 0;
  std::optional<std::string_view> pattern;
  std::int64_t count = 10;

  // Any number of 64 bits, as in Redis. Tables give out cursors of 52 bits; of others the lower bits are taken.
  void read_cursor(dispatch::ArgReader& reader);
  // Takes the next option if it is MATCH or COUNT.
  bool take_option(dispatch::ArgReader& reader);

  // The pattern "*" accepts every name, the empty one included, which no pattern matches.
  bool accepts(std::string_view name) const;
};

}  // namespace sluice::commands
