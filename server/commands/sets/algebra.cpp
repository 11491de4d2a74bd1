#include "server/commands/sets/algebra.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sluice::commands::sets {

using store::PackedElement;
using store::SetView;

namespace {

// Collects members and asks other sets for whole groups of them, so that the memory of a group is waited for at once.
class Sieve {
 public:
  // Keeps the members that every one of `others` has, or none of them, as `wanted` says.
  Sieve(std::span<const SetView> others, bool wanted, std::size_t limit, const MemberVisitor& visit)
      : others_(others), is_wanted_(wanted), left_(limit), visit_(visit) {}

  // False once the limit is reached.
  bool add(const PackedElement& member) {
    group_[count_++] = member;
    return count_ < group_.size() || flush();
  }

  bool flush() {
    std::span<PackedElement> group = std::span(group_).first(count_);
    for (const SetView& other : others_) {
      if (group.empty()) break;
      group = keep(group, other.contains_each(group));
    }
    count_ = 0;
    for (const PackedElement& member : group) {
      if (left_ == 0) break;
      --left_;
      ++found_;
      visit_(member);
    }
    return left_ > 0;
  }

  std::size_t found() const { return found_; }

 private:
  std::span<PackedElement> keep(std::span<PackedElement> group, std::uint32_t there) const {
    std::size_t kept = 0;
    for (std::size_t index = 0; index < group.size(); ++index) {
      if (((there >> index) & 1U) == (is_wanted_ ? 1U : 0U)) group[kept++] = group[index];
    }
    return group.first(kept);
  }

  std::span<const SetView> others_;
  bool is_wanted_;
  std::size_t left_;
  const MemberVisitor& visit_;
  std::array<PackedElement, SetView::members_together_max> group_ = filled();
  std::size_t count_ = 0;
  std::size_t found_ = 0;

  static std::array<PackedElement, SetView::members_together_max> filled() {
    return [&]<std::size_t... index>(std::index_sequence<index...>) {
      return std::array{((void)index, PackedElement(std::int64_t{0}))...};
    }(std::make_index_sequence<SetView::members_together_max>());
  }
};

std::size_t sift(const SetView& members, std::span<const SetView> others, bool wanted, std::size_t limit,
                 const MemberVisitor& visit) {
  if (limit == 0) return 0;
  Sieve sieve(others, wanted, limit, visit);
  const bool is_whole = members.for_each_while([&](const PackedElement& member) { return sieve.add(member); });
  if (is_whole) sieve.flush();
  return sieve.found();
}

}  // namespace

std::size_t intersect(Sets sets, std::size_t limit, const MemberVisitor& visit) {
  std::ranges::sort(sets, {}, &SetView::size);
  return sift(sets.front(), std::span(sets).subspan(1), true, limit, visit);
}

std::size_t unite(const Sets& sets, std::size_t limit, const MemberVisitor& visit) {
  std::size_t found = 0;
  for (std::size_t index = 0; index < sets.size() && found < limit; ++index) {
    found += sift(sets[index], std::span(sets).first(index), false, limit - found, visit);
  }
  return found;
}

std::size_t subtract(const SetView& first, Sets others, std::size_t limit, const MemberVisitor& visit) {
  // The largest one is the likeliest to have a member.
  std::ranges::sort(others, std::greater<>(), &SetView::size);
  return sift(first, others, false, limit, visit);
}

}  // namespace sluice::commands::sets
