#include "server/dispatch/call/contexts.hpp"

#include <set>
#include <string_view>

namespace sluice::dispatch {

void BlockingContext::wait_for(std::span<const store::Key> keys, store::Type type, std::int64_t timeout_ms) {
  wait = Wait{.keys = {}, .type = type, .timeout_ms = timeout_ms};
  std::set<std::string_view> seen;
  for (const store::Key& key : keys) {
    if (seen.insert(key.bytes).second) wait->keys.push_back(key.bytes);
  }
}

}  // namespace sluice::dispatch
