#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "server/dispatch/contexts.hpp"
#include "server/store/keyspace.hpp"

namespace sluice::commands {

// Calls `visit(key, index)` for every `step`-th of `words`, in order; index is the key's place among the words. Before
// the first key of a group is visited, what the table holds of the whole group is on its way from memory, so that a
// command waits for it about once a group instead of twice a key. Each key is hashed once. The first word must be the
// first key of the request, whose hash is known.
template <class Visit>
void for_each_key(dispatch::DataContext& ctx, dispatch::Words words, std::size_t step, Visit&& visit) {
  constexpr std::size_t group_size = 16;
  std::array<store::Key, group_size> keys;
  for (std::size_t first = 0; first < words.size(); first += group_size * step) {
    const std::size_t words_left = words.size() - first;
    const auto group = std::span(keys).first(std::min(group_size, (words_left + step - 1) / step));
    std::size_t index = first;
    for (store::Key& key : group) {
      key = {words[index], index == 0 ? ctx.hashing.first_key_hash : ctx.hashing.hasher(words[index])};
      ctx.keyspace.prefetch_bucket(key.hash);
      index += step;
    }
    for (const store::Key& key : group) ctx.keyspace.prefetch_entry(key.hash);
    index = first;
    for (const store::Key& key : group) {
      visit(key, index);
      index += step;
    }
  }
}

}  // namespace sluice::commands
