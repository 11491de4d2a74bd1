#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/commands/hyperloglogs/hyperloglog.hpp"
#include "server/commands/shared/string_values.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_error.hpp"

// What the commands on HyperLogLogs share.
namespace sluice::commands::hyperloglogs {

// Throws the error of Redis if the bytes are no HyperLogLog.
inline Form get_form(std::string_view bytes) {
  const auto form = form_of(bytes);
  if (!form) throw dispatch::CommandError("WRONGTYPE Key is not a valid HyperLogLog string value.");
  return *form;
}

// What becomes of the estimate that the bytes hold.
enum class Count : std::uint8_t { kept, outdated };

// Puts a changed HyperLogLog under its key, which was looked up.
inline void write(dispatch::DataContext& ctx, const store::Keyspace::Found& found, const store::Key& key,
                  const HyperLogLog& changed, Count count) {
  write_string(ctx, found, key, changed.bytes().size(), [&](std::span<char> bytes) {
    std::ranges::copy(changed.bytes(), bytes.begin());
    if (count == Count::outdated) outdate_count(bytes);
  });
}

}  // namespace sluice::commands::hyperloglogs
