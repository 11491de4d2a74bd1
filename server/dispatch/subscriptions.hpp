#pragma once

#include <cstddef>
#include <map>
#include <string_view>

namespace sluice::dispatch {

// What a connection has subscribed to.
struct Subscriptions {
  // Each with the session's place among the subscribers of that name. The broker owns the names.
  using Names = std::map<std::string_view, std::size_t>;
  Names channels;
  Names patterns;
  Names shard_channels;

  // As the replies of SUBSCRIBE and PSUBSCRIBE count them.
  std::size_t global_count() const { return channels.size() + patterns.size(); }
  bool empty() const { return global_count() == 0 && shard_channels.empty(); }
};

}  // namespace sluice::dispatch
