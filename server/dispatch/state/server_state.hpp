#pragma once

#include <cstdint>

#include "server/base/enum_set.hpp"

namespace sluice::dispatch {

// A state of the whole server in which some commands are refused.
enum class Condition : std::uint8_t {
  bounded_memory,  // maxmemory is set
  memory_full,     // the data takes more than maxmemory; looked at before each command that may make it grow
};

// The conditions that hold just now. While there are none, and the asking session is an ordinary one, no gate is asked:
// two loads, however many gates there are. The manager's.
struct ServerState {
  base::EnumSet<Condition> conditions;
};

}  // namespace sluice::dispatch
