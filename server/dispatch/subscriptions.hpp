#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>

namespace sluice::dispatch {

// What a connection has subscribed to.
struct Subscriptions {
  using Names = std::set<std::string, std::less<>>;
  Names channels;
  Names patterns;
  Names shard_channels;

  // As the replies of SUBSCRIBE and PSUBSCRIBE count them.
  std::size_t global_count() const { return channels.size() + patterns.size(); }
  bool empty() const { return global_count() == 0 && shard_channels.empty(); }
};

}  // namespace sluice::dispatch
