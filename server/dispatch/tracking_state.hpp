#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::dispatch {

// How a connection wants to be told of changes to the keys that it has read (CLIENT TRACKING).
struct TrackingState {
  enum class Choice : std::uint8_t { every_key, opt_in, opt_out };
  enum class NextCommand : std::uint8_t { as_chosen, cached, not_cached };  // CLIENT CACHING, for one command

  Choice choice = Choice::every_key;
  NextCommand next_command = NextCommand::as_chosen;
  bool is_broadcasting = false;        // told of all changes under its prefixes, read or not
  bool skips_own_changes = false;      // NOLOOP
  bool is_redirect_broken = false;     // the connection that it redirects to is gone
  std::uint64_t redirect_to = 0;       // id of the connection that is told instead; 0 is itself
  std::vector<std::string> prefixes;   // with is_broadcasting; "" is every key
};

}  // namespace sluice::dispatch
