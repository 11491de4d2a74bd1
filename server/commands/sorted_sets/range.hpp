#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/dispatch/requests/arg_reader.hpp"
#include "server/store/values/score_bounds.hpp"
#include "server/store/values/sorted_set.hpp"

// Ranges of sorted sets, as requests name them.
namespace sluice::commands::sorted_sets {

// "1.5", "(1.5" without the end itself, "-inf", "+inf"; the empty number is 0. Throws CommandError for anything else.
store::ScoreBound parse_score_bound(std::string_view word);
// "[a" with the end itself, "(a" without, "-" before and "+" behind all members. Throws CommandError for anything else.
store::LexBound parse_lex_bound(std::string_view word);

enum class RangeKind : std::uint8_t { rank, score, lex };

// Some members of a sorted set in one direction.
class Range {
 public:
  Range() = default;
  // Reads both ends, which come in the direction of the range: the higher one first if it is reversed.
  Range(RangeKind kind, bool is_reversed, std::string_view first, std::string_view last);

  // Of those in the range, leaves the first `offset` out and ends after `count`; a negative count is no end, and a
  // negative offset leaves nothing.
  void limit(std::int64_t offset, std::int64_t count) {
    offset_ = offset;
    count_ = count;
  }

  // The positions in rising order, without regard to limit().
  store::RankRange ranks(const store::SortedSetView& set) const;
  // How many members of the set are in it, and a walk over them.
  store::SortedSetView::Walk walk(const store::SortedSetView& set) const;

 private:
  RangeKind kind_ = RangeKind::rank;
  bool is_reversed_ = false;
  std::int64_t start_ = 0;
  std::int64_t stop_ = 0;
  store::ScoreBound lowest_score_;
  store::ScoreBound highest_score_;
  store::LexBound lowest_;
  store::LexBound highest_;
  std::int64_t offset_ = 0;
  std::int64_t count_ = -1;
};

}  // namespace sluice::commands::sorted_sets
