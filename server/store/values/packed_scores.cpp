#include "server/store/values/packed_scores.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

namespace sluice::store {

namespace {

// Where the first pair lies that does not pass, or the end of all; and how many pairs are before it.
struct Boundary {
  std::size_t rank = 0;
  ListpackView::Iterator at;
};

// Reading a score may take longer than stepping over a pair many times, so pairs are first looked at in strides.
template <class Passes>
Boundary find_boundary(ListpackView pairs, const Passes& passes) {
  constexpr std::size_t stride = 8;
  const auto end = pairs.end();
  const auto passes_at = [&](ListpackView::Iterator element) {
    const PackedElement member = element.take();
    return passes(member, *element);
  };
  Boundary boundary{0, pairs.begin()};
  while (true) {
    ListpackView::Iterator next = boundary.at;
    for (std::size_t steps = 2 * stride; steps > 0 && next != end; --steps) ++next;
    if (next == end || !passes_at(next)) break;
    boundary = {boundary.rank + stride, next};
  }
  for (; boundary.at != end && passes_at(boundary.at); ++boundary.rank) {
    ++boundary.at;
    ++boundary.at;
  }
  return boundary;
}

std::size_t count_beside(ListpackView pairs, double score, bool is_behind) {
  const auto passes = [&](const PackedElement& /*member*/, const PackedElement& packed_score) {
    const double here = score_of(packed_score);
    return is_behind ? here <= score : here < score;
  };
  return find_boundary(pairs, passes).rank;
}

std::size_t count_beside(ListpackView pairs, std::string_view bytes, bool is_behind) {
  const auto passes = [&](const PackedElement& member, const PackedElement& /*score*/) {
    const ElementText text(member);
    return is_behind ? text.bytes() <= bytes : text.bytes() < bytes;
  };
  return find_boundary(pairs, passes).rank;
}

// Of a text that from_chars() does not take: only files that others wrote have such.
std::optional<double> foreign_score(const std::string& text) {
  char* end = nullptr;
  const double score = std::strtod(text.c_str(), &end);
  if (text.empty() || end != text.c_str() + text.size() || std::isnan(score)) return std::nullopt;
  return score;
}

}  // namespace

double score_of(const PackedElement& element) {
  if (element.is_integer()) return static_cast<double>(element.integer());
  const std::string_view text = element.bytes();
  double score = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), score);
  if (error == std::errc{} && end == text.data() + text.size()) [[likely]]
    return score;
  return foreign_score(std::string(text)).value_or(0);
}

PackedText PackedScore::pack(double score) {
  if (const auto integer = base::to_integer(score)) return PackedText(*integer);
  return PackedText(std::string_view(bytes_.data(), base::write_real(bytes_.data(), score)));
}

bool PackedScores::is_valid(std::string_view bytes) {
  if (!ListpackView::is_valid(bytes)) return false;
  const ListpackView pairs(bytes.data());
  if (pairs.size() % 2 != 0) return false;
  std::string last_member;
  double last_score = -std::numeric_limits<double>::infinity();
  bool is_first = true;
  for (auto element = pairs.begin(); element != pairs.end(); is_first = false) {
    std::string member = element.take().text();
    const PackedElement packed_score = element.take();
    if (!packed_score.is_integer() && !foreign_score(packed_score.text())) return false;
    const double score = score_of(packed_score);
    if (score < last_score || (score == last_score && !is_first && member <= last_member)) return false;
    last_member = std::move(member);
    last_score = score;
  }
  return pairs.all_differ(2);
}

ScoredElement PackedScores::at(std::size_t rank) const {
  auto element = pairs_.at(2 * rank);
  const PackedElement member = element.take();
  return {member, score_of(*element)};
}

std::optional<PackedScores::Place> PackedScores::find(std::string_view member) const {
  auto found = pairs_.find(PackedText(member), pairs_.begin(), 2);
  if (found == pairs_.end()) return std::nullopt;
  const std::size_t offset = pairs_.offset_of(found);
  return Place{offset, score_of(*++found)};
}

std::size_t PackedScores::rank_at(std::size_t offset) const {
  const auto here = pairs_.at_offset(offset);
  std::size_t rank = 0;
  for (auto element = pairs_.begin(); element != here; ++rank) {
    ++element;
    ++element;
  }
  return rank;
}

std::size_t PackedScores::offset_for(double score, std::string_view member) const {
  const auto passes = [&](const PackedElement& other, const PackedElement& packed_score) {
    const double other_score = score_of(packed_score);
    return other_score != score ? other_score < score : ElementText(other).bytes() < member;
  };
  return pairs_.offset_of(find_boundary(pairs_, passes).at);
}

std::size_t PackedScores::rank_of_first(const ScoreBound& bound) const {
  return count_beside(pairs_, bound.score, bound.is_exclusive);
}

std::size_t PackedScores::rank_behind_last(const ScoreBound& bound) const {
  return count_beside(pairs_, bound.score, !bound.is_exclusive);
}

std::size_t PackedScores::rank_of_first(const LexBound& bound) const {
  if (bound.kind == LexBound::Kind::lowest) return 0;
  if (bound.kind == LexBound::Kind::highest) return size();
  return count_beside(pairs_, bound.bytes, bound.kind == LexBound::Kind::exclusive);
}

std::size_t PackedScores::rank_behind_last(const LexBound& bound) const {
  if (bound.kind == LexBound::Kind::lowest) return 0;
  if (bound.kind == LexBound::Kind::highest) return size();
  return count_beside(pairs_, bound.bytes, bound.kind == LexBound::Kind::inclusive);
}

}  // namespace sluice::store
