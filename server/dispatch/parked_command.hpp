#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/dispatch/owned_request.hpp"
#include "server/store/entry.hpp"

namespace sluice::dispatch {

// A blocking command that found nothing and waits for one of its keys.
struct ParkedCommand {
  OwnedRequest request;
  int database = 0;
  store::Type type = store::Type::list;  // of the value that it waits for
  std::vector<std::string> keys;         // without repetitions
  std::int64_t deadline_ms = 0;          // Unix time; 0 is never
};

}  // namespace sluice::dispatch
