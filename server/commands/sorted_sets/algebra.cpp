#include "server/commands/sorted_sets/algebra.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>

namespace sluice::commands::sorted_sets {

using store::ElementText;
using store::Key;
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

// Some members of a source with their hashes, so that they can be looked for elsewhere side by side.
class Group {
 public:
  static constexpr std::size_t size_max = 32;

  struct Item {
    Key key;
    double score = 0;
  };

  void add(const PackedElement& member, double score, base::KeyHasher hasher) {
    const std::string_view bytes = texts_[size_].emplace(member).bytes();
    hashes_[size_] = hasher(bytes);
    items_[size_] = {{bytes, hashes_[size_]}, score};
    ++size_;
  }
  void clear() { size_ = 0; }
  bool is_full() const { return size_ == size_max; }
  std::span<const Item> items() const { return std::span(items_).first(size_); }
  std::span<const std::uint64_t> hashes() const { return std::span(hashes_).first(size_); }

 private:
  std::array<std::optional<ElementText>, size_max> texts_;  // the keys view into these
  std::array<Item, size_max> items_;
  std::array<std::uint64_t, size_max> hashes_;
  std::size_t size_ = 0;
};

// Calls visit(member, score) until that returns false; whether it never did.
template <class Visit>
bool for_each_while(const Source& source, const Visit& visit) {
  if (const auto* sorted = std::get_if<SortedSetView>(&source.set)) {
    for (SortedSetView::Walk walk(*sorted); !walk.done();) {
      const ScoredElement element = walk.take();
      if (!visit(element.member, element.score)) return false;
    }
  } else if (const auto* set = std::get_if<SetView>(&source.set)) {
    return set->for_each_while([&](const PackedElement& member) { return visit(member, 1.0); });
  }
  return true;
}

// Calls visit(group) for all members until that returns false.
template <class Visit>
void for_each_group(const Source& source, base::KeyHasher hasher, const Visit& visit) {
  Group group;
  const bool is_whole = for_each_while(source, [&](const PackedElement& member, double score) {
    group.add(member, score, hasher);
    if (!group.is_full()) return true;
    const bool goes_on = visit(group);
    group.clear();
    return goes_on;
  });
  if (is_whole) visit(group);
}

void prefetch(std::span<const Source> sources, const Group& group) {
  for (const Source& source : sources) source.prefetch(group.hashes());
}

void smallest_first(std::vector<Source>& sources) {
  std::ranges::stable_sort(sources, {}, &Source::size);
}

// The score in the intersection, or nothing for a member that one of `others` has not. A product of `others` that is no
// number makes a sum 0, and counts for nothing in a minimum or maximum, as in Redis.
std::optional<double> common_score(const Key& member, double score, std::span<const Source> others,
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

std::optional<double> Source::score_of(const Key& member) const {
  if (const auto* sorted = std::get_if<SortedSetView>(&set)) {
    if (sorted->is_packed()) return sorted->score_of(member.bytes);
    const store::ScoredMember* found = sorted->object().find(member);
    return found == nullptr ? std::nullopt : std::optional(found->score());
  }
  const auto* plain = std::get_if<SetView>(&set);
  if (plain == nullptr) return std::nullopt;
  const bool is_there = plain->is_packed() ? plain->contains(member.bytes) : plain->contains(member);
  return is_there ? std::optional(1.0) : std::nullopt;
}

void Source::prefetch(std::span<const std::uint64_t> hashes) const {
  if (const auto* sorted = std::get_if<SortedSetView>(&set)) {
    if (!sorted->is_packed()) sorted->object().prefetch(hashes);
  } else if (const auto* plain = std::get_if<SetView>(&set)) {
    if (!plain->is_packed()) plain->table()->prefetch(hashes);
  }
}

void unite(std::vector<Source> sources, Aggregate aggregate, SortedSetBuilder& result) {
  smallest_first(sources);
  result.expect(sources.back().size());
  for (const Source& source : sources) {
    for_each_group(source, result.hasher(), [&](const Group& group) {
      result.prefetch(group.hashes());
      for (const auto& [member, score] : group.items()) {
        const double here = weighted(source, score, aggregate);
        const auto [entry, is_new] = result.create(member, here);
        if (!is_new) entry.set_score(put_together(entry.score(), here, aggregate));
      }
      return true;
    });
  }
}

void intersect(std::vector<Source> sources, Aggregate aggregate, SortedSetBuilder& result) {
  smallest_first(sources);
  const Source& smallest = sources.front();
  const auto others = std::span(sources).subspan(1);
  result.expect(smallest.size());
  for_each_group(smallest, result.hasher(), [&](const Group& group) {
    prefetch(others, group);
    for (const auto& [member, score] : group.items()) {
      const auto common = common_score(member, weighted(smallest, score, aggregate), others, aggregate);
      if (common) result.add(member, *common);
    }
    return true;
  });
}

void subtract(const std::vector<Source>& sources, SortedSetBuilder& result) {
  const auto others = std::span(sources).subspan(1);
  result.expect(sources.front().size());
  for_each_group(sources.front(), result.hasher(), [&](const Group& group) {
    prefetch(others, group);
    for (const auto& [member, score] : group.items()) {
      const bool is_elsewhere =
          std::ranges::any_of(others, [&](const Source& other) { return other.score_of(member).has_value(); });
      if (!is_elsewhere) result.add(member, score);
    }
    return true;
  });
}

std::size_t count_intersection(std::vector<Source> sources, std::size_t limit, base::KeyHasher hasher) {
  smallest_first(sources);
  const auto others = std::span(sources).subspan(1);
  std::size_t count = 0;
  for_each_group(sources.front(), hasher, [&](const Group& group) {
    prefetch(others, group);
    for (const auto& [member, score] : group.items()) {
      if (count < limit && common_score(member, score, others, Aggregate::max)) ++count;
    }
    return count < limit;
  });
  return count;
}

}  // namespace sluice::commands::sorted_sets
