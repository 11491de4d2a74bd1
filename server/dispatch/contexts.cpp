#include "server/dispatch/contexts.hpp"

#include <algorithm>

namespace sluice::dispatch {

void BlockingContext::wait_for(std::span<const store::Key> keys, store::Type type, std::int64_t timeout_ms) {
  wait = Wait{.keys = {}, .type = type, .timeout_ms = timeout_ms};
  for (const store::Key& key : keys) {
    if (std::ranges::find(wait->keys, key.bytes) == wait->keys.end()) wait->keys.emplace_back(key.bytes);
  }
}

}  // namespace sluice::dispatch
