#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "server/base/hash.hpp"
#include "server/store/values/set.hpp"
#include "server/store/values/sorted_set.hpp"
#include "server/store/values/sorted_set_builder.hpp"

// Unions, intersections and differences of sorted sets and sets.
namespace sluice::commands::sorted_sets {

// A sorted set, or a set, whose members have the score 1, or none: the key was absent.
struct Source {
  std::variant<std::monostate, store::SortedSetView, store::SetView> set;
  double weight = 1;

  bool is_absent() const { return set.index() == 0; }
  std::size_t size() const;
  // Without the weight.
  std::optional<double> score_of(const store::Key& member) const;
  // As HashTable::prefetch().
  void prefetch(std::span<const std::uint64_t> hashes) const;
};

enum class Aggregate : std::uint8_t { sum, min, max, count };

// Each puts the members of the result, with their scores, into `result`. Scores are put together pairwise, the smaller
// set's first; what is no number (inf + -inf, 0 * inf) counts as 0, except that minima and maxima of an intersection
// leave it out. `sources` has at least one.

// Costs O(N log N) for N members in all.
void unite(std::vector<Source> sources, Aggregate aggregate, store::SortedSetBuilder& result);
// Costs O(N·K) for K sets of which the smallest has N members, besides the order of the result.
void intersect(std::vector<Source> sources, Aggregate aggregate, store::SortedSetBuilder& result);
// The members of the first source that no other has.
void subtract(const std::vector<Source>& sources, store::SortedSetBuilder& result);
// The size of the intersection, or `limit` if that is less.
std::size_t count_intersection(std::vector<Source> sources, std::size_t limit, base::KeyHasher hasher);

}  // namespace sluice::commands::sorted_sets
