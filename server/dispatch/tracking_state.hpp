#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>

namespace sluice::dispatch {

// How a connection wants to be told of changes to the keys that it has read (CLIENT TRACKING).
struct TrackingState {
  enum class Choice : std::uint8_t { every_key, opt_in, opt_out };
  using Prefixes = std::set<std::string, std::less<>>;

  Choice choice = Choice::every_key;
  bool is_next_chosen = false;      // CLIENT CACHING: the next command, or transaction, is the exception to the choice
  bool is_broadcasting = false;     // told of all changes under its prefixes, read or not
  bool skips_own_changes = false;   // NOLOOP
  bool is_redirect_broken = false;  // the connection that it redirects to is gone
  std::uint64_t redirect_to = 0;    // id of the connection that is told instead; 0 is itself
  Prefixes prefixes;                // with is_broadcasting; "" is every key
};

}  // namespace sluice::dispatch
