#include "server/commands/shared/scored_members.hpp"

#include <algorithm>
#include <optional>

namespace sluice::commands {

using dispatch::DataContext;
using store::Key;
using store::SortedSet;

Added add_members(DataContext& ctx, const Key& key, OpenSortedSet& set, const std::vector<ScoredWord>& members,
                  const AddRules& rules) {
  const store::SortedSetLimits limits = sorted_set_limits(ctx);
  std::size_t longest = 0;
  for (const ScoredWord& each : members) longest = std::max(longest, each.member.size());
  const bool is_there = static_cast<bool>(set);
  Added result;
  const auto change = [&](SortedSet& edited) {
    // A set that is there becomes large by the members that it gets, or by a request of very many.
    if (!is_there || members.size() > limits.count_max) edited.expect(members.size(), is_there ? 0 : longest, limits);
    for (const auto& [score, member] : members) {
      const SortedSet::Found found = edited.find(member);
      const auto present = found ? std::optional(found.score()) : std::nullopt;
      const auto wanted = rules.score_for(present, score);
      if (!wanted || !edited.put(found, *wanted, limits)) continue;
      ++(present ? result.updated : result.added);
    }
    return result.any();
  };
  // A set that would get no member is not created.
  if (!set && rules.only_present) return result;
  set.edit_or_add(ctx, key, change);
  return result;
}

}  // namespace sluice::commands
