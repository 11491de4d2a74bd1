#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "server/dispatch/call/contexts.hpp"
#include "server/store/keyspace/keyspace.hpp"

namespace sluice::commands {

// Calls `visit(key, index)` for every `step`-th of `words`, in order; index is the key's place among the words. Before
// the first key of a group is visited, what the table holds of the whole group is on its way from memory, so that a
// command waits for it about once a group instead of twice a key. Each key is hashed once.
template <class Visit>
void for_each_key(dispatch::DataContext& ctx, dispatch::Words words, std::size_t step, Visit&& visit) {
  constexpr std::size_t group_size = store::Keyspace::prefetch_count_max;
  std::array<store::Key, group_size> keys;
  std::array<std::uint64_t, group_size> hashes;
  for (std::size_t first = 0; first < words.size(); first += group_size * step) {
    const std::size_t words_left = words.size() - first;
    const auto group = std::span(keys).first(std::min(group_size, (words_left + step - 1) / step));
    for (std::size_t number = 0; number < group.size(); ++number) {
      const std::size_t index = first + number * step;
      group[number] = ctx.hashing.key_of(words[index]);
      hashes[number] = group[number].hash;
    }
    ctx.keyspace.prefetch(std::span(hashes).first(group.size()));
    for (std::size_t number = 0; number < group.size(); ++number) visit(group[number], first + number * step);
  }
}

}  // namespace sluice::commands
