#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "server/commands/shared/key_lookup.hpp"
#include "server/commands/shared/store_result.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/store/values/sorted_set.hpp"

// How commands add members to sorted sets, and store whole ones.
namespace sluice::commands {

using OpenSortedSet = Typed<store::SortedSet>;

inline store::SortedSetLimits sorted_set_limits(const dispatch::DataContext& ctx) {
  return {.hasher = ctx.hashing.hasher,
          .count_max = static_cast<std::size_t>(ctx.settings.zset_max_listpack_entries),
          .member_bytes_max = static_cast<std::size_t>(ctx.settings.zset_max_listpack_value)};
}

// The conditions on the members that a command may add or change.
struct AddRules {
  bool only_new = false;      // NX
  bool only_present = false;  // XX
  bool only_greater = false;  // GT, of members that are there
  bool only_less = false;     // LT, likewise

  // The score that the member gets in place of `present`; none if it stays as it is. `score` must be a number.
  std::optional<double> score_for(std::optional<double> present, double score) const {
    if (!present) return only_present ? std::nullopt : std::optional(score);
    const bool is_refused = only_new || (only_greater && score <= *present) || (only_less && score >= *present);
    return is_refused ? std::nullopt : std::optional(score);
  }
};

struct ScoredWord {
  double score = 0;
  std::string_view member;
};

// What adding came to.
struct Added {
  std::size_t added = 0;
  std::size_t updated = 0;

  bool any() const { return added + updated > 0; }
};

// Adds members to the set at `key`, or gives them other scores.
Added add_members(dispatch::DataContext& ctx, const store::Key& key, OpenSortedSet& set,
                  const std::vector<ScoredWord>& members, const AddRules& rules);

inline void store_sorted_set(dispatch::DataContext& ctx, const store::Key& destination, store::SortedSet result,
                             std::string_view event) {
  store_result(ctx, destination, std::move(result), dispatch::EventClass::sorted_set, event);
}

}  // namespace sluice::commands
