#include "server/commands/sorted_sets/range.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

#include "server/base/number_text.hpp"
#include "server/commands/shared/value_range.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::sorted_sets {

using dispatch::CommandError;
using store::LexBound;
using store::RankRange;
using store::ScoreBound;
using store::Side;
using store::SortedSetView;

ScoreBound parse_score_bound(std::string_view word) {
  ScoreBound bound{.is_exclusive = word.starts_with('(')};
  // strtod needs a terminated string. Redis reads what strtod does, the empty text and blanks in front included.
  const std::string text(bound.is_exclusive ? word.substr(1) : word);
  char* end = nullptr;
  bound.score = std::strtod(text.c_str(), &end);
  if (*end != '\0' || std::isnan(bound.score)) throw CommandError("ERR min or max is not a float");
  return bound;
}

LexBound parse_lex_bound(std::string_view word) {
  if (word == "-") return {.kind = LexBound::Kind::lowest};
  if (word == "+") return {.kind = LexBound::Kind::highest};
  if (word.starts_with('[')) return {.kind = LexBound::Kind::inclusive, .bytes = word.substr(1)};
  if (word.starts_with('(')) return {.kind = LexBound::Kind::exclusive, .bytes = word.substr(1)};
  throw CommandError("ERR min or max not valid string range item");
}

Range::Range(RangeKind kind, bool is_reversed, std::string_view first, std::string_view last)
    : kind_(kind), is_reversed_(is_reversed) {
  const auto& [lower, higher] = is_reversed ? std::pair(last, first) : std::pair(first, last);
  switch (kind) {
    case RangeKind::rank: {
      const auto start = base::parse_integer(first);
      const auto stop = base::parse_integer(last);
      if (!start || !stop) throw dispatch::not_an_integer();
      start_ = *start;
      stop_ = *stop;
      break;
    }
    case RangeKind::score:
      lowest_score_ = parse_score_bound(lower);
      highest_score_ = parse_score_bound(higher);
      break;
    case RangeKind::lex:
      lowest_ = parse_lex_bound(lower);
      highest_ = parse_lex_bound(higher);
      break;
  }
}

RankRange Range::ranks(const SortedSetView& set) const {
  switch (kind_) {
    case RangeKind::score:
      return set.ranks_between(lowest_score_, highest_score_);
    case RangeKind::lex:
      return set.ranks_between(lowest_, highest_);
    case RangeKind::rank:
      break;
  }
  const ValueRange seen = range_within(set.size(), start_, stop_);
  const std::size_t first = is_reversed_ && seen.count > 0 ? set.size() - seen.first - seen.count : seen.first;
  return {first, first + seen.count};
}

SortedSetView::Walk Range::walk(const SortedSetView& set) const {
  const RankRange range = ranks(set);
  std::size_t left = range.empty() || offset_ < 0 ? 0 : range.count();
  const std::size_t skipped = std::min(left, static_cast<std::size_t>(std::max<std::int64_t>(offset_, 0)));
  left -= skipped;
  if (count_ >= 0) left = std::min(left, static_cast<std::size_t>(count_));
  if (left == 0) return SortedSetView::Walk(set, Side::head, 0, 0);
  if (is_reversed_) return SortedSetView::Walk(set, Side::tail, set.size() - range.end + skipped, left);
  return SortedSetView::Walk(set, Side::head, range.first + skipped, left);
}

}  // namespace sluice::commands::sorted_sets
