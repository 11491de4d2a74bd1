#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "server/store/values/set.hpp"

// Intersections, unions and differences of sets, member by member.
namespace sluice::commands::sets {

using Sets = std::vector<store::SetView>;
using MemberVisitor = std::function<void(const store::PackedElement& member)>;

inline constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

// Each calls visit(member) for up to `limit` members of the result, each once, and returns how many these were. The
// members view into the sets.

// Of at least one set. Costs O(N·K) for K sets of which the smallest has N members.
std::size_t intersect(Sets sets, std::size_t limit, const MemberVisitor& visit);

// Costs O(N·K) for N members in all of K sets.
std::size_t unite(const Sets& sets, std::size_t limit, const MemberVisitor& visit);

// The members of `first` that none of `others` has. Costs O(N·K) for N members of the first and K others.
std::size_t subtract(const store::SetView& first, Sets others, std::size_t limit, const MemberVisitor& visit);

}  // namespace sluice::commands::sets
