#pragma once

#include <algorithm>
#include <string_view>

#include "server/dispatch/requests/command_error.hpp"

// What a client tells of itself is repeated in CLIENT LIST, whose fields are separated by blanks and whose lines end at
// a newline: only visible ASCII may stand there.
namespace sluice::commands::connections {

// The user of every connection that has not logged in as another.
inline constexpr std::string_view default_user = "default";

inline bool fits_client_list(std::string_view text) {
  return std::ranges::all_of(text, [](char letter) { return letter >= '!' && letter <= '~'; });
}

// Returns `name` if a client may have it; an empty one takes the name away.
inline std::string_view checked_client_name(std::string_view name) {
  if (fits_client_list(name)) return name;
  throw dispatch::CommandError("ERR Client names cannot contain spaces, newlines or special characters.");
}

}  // namespace sluice::commands::connections
