#pragma once

#include <algorithm>
#include <string_view>

#include "server/dispatch/requests/command_error.hpp"
#include "server/dispatch/requests/spec.hpp"

// What the commands on connections share.
namespace sluice::commands::connections {

// Of the subcommands of CLIENT that concern only the connection that sends them.
inline constexpr dispatch::Flags own_connection_flags =
    dispatch::Flag::noscript | dispatch::Flag::loading | dispatch::Flag::stale;

// The user of every connection that has not logged in as another.
inline constexpr std::string_view default_user = "default";

// CLIENT LIST repeats what a client tells of itself; its fields are separated by blanks and its lines end at a newline,
// so only visible ASCII may stand there.
inline bool fits_client_list(std::string_view text) {
  return std::ranges::all_of(text, [](char letter) { return letter >= '!' && letter <= '~'; });
}

// Returns `name` if a client may have it; an empty one takes the name away.
inline std::string_view checked_client_name(std::string_view name) {
  if (fits_client_list(name)) return name;
  throw dispatch::CommandError("ERR Client names cannot contain spaces, newlines or special characters.");
}

}  // namespace sluice::commands::connections
