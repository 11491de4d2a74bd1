#pragma once

#include <cstddef>
#include <vector>

#include "server/dispatch/owned_request.hpp"

namespace sluice::dispatch {

// What a connection has queued since MULTI.
struct Transaction {
  std::vector<OwnedRequest> queued;
  std::size_t memory_bytes = 0;
  bool may_grow_memory = false;  // by a command that is refused when memory is full
  bool is_aborted = false;       // a command could not be queued: EXEC will refuse
};

}  // namespace sluice::dispatch
