#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "server/store/values/scored_member.hpp"

// Places in a CountedTree, which lie between two items. passes() of a place tells whether an item lies before it.
namespace sluice::store {

// The place behind the item of `member`, which need not be in the tree, as if its score were the one given.
struct BehindMember {
  static constexpr bool goes_by_score = true;
  std::uint64_t order;
  const ScoredMember* member;

  bool passes(std::uint64_t other_order, const ScoredMember& other) const {
    if (other_order != order) return other_order < order;
    return &other == member || other.key() <= member->key();
  }
};

// The place before the items with a score, or behind them.
struct BesideScore {
  static constexpr bool goes_by_score = true;
  std::uint64_t order;
  bool is_behind;

  bool passes(std::uint64_t other_order, const ScoredMember& /*other*/) const {
    return is_behind ? other_order <= order : other_order < order;
  }
};

// The place before the item of a member, or behind it, where all scores are equal.
struct BesideBytes {
  static constexpr bool goes_by_score = false;
  std::string_view bytes;
  bool is_behind;

  bool passes(std::uint64_t /*other_order*/, const ScoredMember& other) const {
    return is_behind ? other.key() <= bytes : other.key() < bytes;
  }
};

// The first index from `first` to before `end` for which passes(index) does not hold, which must hold for all before
// it and for none behind; `end` if there is none.
template <class Passes>
std::size_t partition_point(std::size_t first, std::size_t end, const Passes& passes) {
  while (first < end) {
    const std::size_t middle = first + (end - first) / 2;
    if (passes(middle)) {
      first = middle + 1;
    } else {
      end = middle;
    }
  }
  return first;
}

// How many of `size` numbers in rising order are below `bound`. Without a branch that could be guessed wrong.
template <class Number>
std::size_t count_below(const Number* numbers, std::size_t size, Number bound) {
  if (size == 0) return 0;
  const Number* first = numbers;
  while (size > 1) {
    const std::size_t half = size / 2;
    first += first[half - 1] < bound ? half : 0;
    size -= half;
  }
  return static_cast<std::size_t>(first - numbers) + (*first < bound ? 1 : 0);
}

// The places of the numbers that equal `wanted` among `size` numbers in rising order; where they would be if there are
// none.
struct IndexRange {
  std::size_t first;
  std::size_t end;
};
template <class Number>
IndexRange range_of_equal(const Number* numbers, std::size_t size, Number wanted) {
  const std::size_t first = count_below(numbers, size, wanted);
  if (first == size || numbers[first] != wanted) return {first, first};
  // Mostly there is one.
  if (first + 1 == size || numbers[first + 1] != wanted) return {first, first + 1};
  const bool is_greatest = wanted == std::numeric_limits<Number>::max();
  return {first,
          is_greatest ? size : first + count_below(numbers + first, size - first, static_cast<Number>(wanted + 1))};
}

}  // namespace sluice::store
