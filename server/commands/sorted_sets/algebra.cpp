#include "server/commands/sorted_sets/algebra.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace sluice::commands::sorted_sets {

using store::ElementText;
using store::PackedElement;
using store::ScoredElement;
using store::SetView;
using store::SortedSetBuilder;
using store::SortedSetView;

namespace {

double or_zero(double value) {
  return std::isnan(value) ? 0 : value;
}

// Perhaps no number.
double product(const Source& source, double score, Aggregate aggregate) {
  return aggregate == Aggregate::count ? source.weight : source.weight * score;
}

double weighted(const Source& source, double score, Aggregate aggregate) {
  return or_zero(product(source, score, aggregate));
}

double put_together(double left, double right, Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::sum:
    case Aggregate::count:
      return or_zero(left + right);
    case Aggregate::min:
      return std::min(left, right);
    case Aggregate::max:
      return std::max(left, right);
  }
  return left;
}

// Calls visit(bytes of the member, score) until that returns false.
template <class Visit>
void for_each_while(const Source& source, const Visit& visit) {
  if (const auto* sorted = std::get_if<SortedSetView>(&source.set)) {
    for (SortedSetView::Walk walk(*sorted); !walk.done();) {
      const ScoredElement element = walk.take();
      if (!visit(ElementText(element.member).bytes(), element.score)) return;
    }
  } else if (const auto* set = std::get_if<SetView>(&source.set)) {
    set->for_each_while([&](const PackedElement& member) { return visit(ElementText(member).bytes(), 1.0); });
  }
}

void smallest_first(std::vector<Source>& sources) {
  std::ranges::stable_sort(sources, {}, &Source::size);
}

// The score in the intersection, or nothing for a member that one of `others` has not. A product of `others` that is no
// number makes a sum 0, and counts for nothing in a minimum or maximum, as in Redis.
std::optional<double> common_score(std::string_view member, double score, std::span<const Source> others,
                                   Aggregate aggregate) {
  for (const Source& other : others) {
    const std::optional<double> there = other.score_of(member);
    if (!there) return std::nullopt;
    score = put_together(score, product(other, *there, aggregate), aggregate);
  }
  return score;
}

}  // namespace

std::size_t Source::size() const {
  if (const auto* sorted = std::get_if<SortedSetView>(&set)) return sorted->size();
  if (const auto* plain = std::get_if<SetView>(&set)) return plain->size();
  return 0;
}

std::optional<double> Source::score_of(std::string_view member) const {
  if (const auto* sorted = std::get_if<SortedSetView>(&set)) return sorted->score_of(member);
  const auto* plain = std::get_if<SetView>(&set);
  return plain != nullptr && plain->contains(member) ? std::optional(1.0) : std::nullopt;
}

void unite(std::vector<Source> sources, Aggregate aggregate, SortedSetBuilder& result) {
  smallest_first(sources);
  for (const Source& source : sources) {
    for_each_while(source, [&](std::string_view member, double score) {
      const double here = weighted(source, score, aggregate);
      const auto [entry, is_new] = result.create(result.key_of(member), here);
      if (!is_new) entry.set_score(put_together(entry.score(), here, aggregate));
      return true;
    });
  }
}

void intersect(std::vector<Source> sources, Aggregate aggregate, SortedSetBuilder& result) {
  smallest_first(sources);
  const Source& smallest = sources.front();
  const auto others = std::span(sources).subspan(1);
  for_each_while(smallest, [&](std::string_view member, double score) {
    const auto common = common_score(member, weighted(smallest, score, aggregate), others, aggregate);
    if (common) result.add(result.key_of(member), *common);
    return true;
  });
}

void subtract(const std::vector<Source>& sources, SortedSetBuilder& result) {
  const auto others = std::span(sources).subspan(1);
  for_each_while(sources.front(), [&](std::string_view member, double score) {
    const bool is_elsewhere =
        std::ranges::any_of(others, [&](const Source& other) { return other.score_of(member).has_value(); });
    if (!is_elsewhere) result.add(result.key_of(member), score);
    return true;
  });
}

std::size_t count_intersection(std::vector<Source> sources, std::size_t limit) {
  smallest_first(sources);
  const auto others = std::span(sources).subspan(1);
  std::size_t count = 0;
  for_each_while(sources.front(), [&](std::string_view member, double score) {
    if (common_score(member, score, others, Aggregate::max)) ++count;
    return count < limit;
  });
  return count;
}

}  // namespace sluice::commands::sorted_sets
