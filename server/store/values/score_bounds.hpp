#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::store {

// One end of a range of scores.
struct ScoreBound {
  double score = 0;
  bool is_exclusive = false;
};

// One end of a range of members in the order of their bytes, which sorted sets all of whose members have the same score
// are in.
struct LexBound {
  enum class Kind : unsigned char { lowest, inclusive, exclusive, highest };

  Kind kind = Kind::lowest;  // lowest: before all members; highest: behind all
  std::string_view bytes;    // of the two in between
};

// Positions in a sorted set, counted from 0 in rising order, from `first` to before `end`.
struct RankRange {
  std::size_t first = 0;
  std::size_t end = 0;

  std::size_t count() const { return end - first; }
  bool empty() const { return first >= end; }
};

}  // namespace sluice::store
