#include "server/store/expiry_index.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "server/base/memory.hpp"

namespace sluice::store {

namespace {

// A node of the map: its links and colour, then a bound and a leaf.
constexpr std::size_t leaf_overhead_bytes = 64;

}  // namespace

void ExpiryIndex::swap(ExpiryIndex& other) noexcept {
  std::swap(leaves_, other.leaves_);
  std::swap(size_, other.size_);
  std::swap(memory_bytes_, other.memory_bytes_);
}

void ExpiryIndex::insert(const Entry& entry) {
  const Rank rank = rank_of(entry);
  if (leaves_.empty()) add_leaf(least, {});
  auto position = leaf_for(rank);
  if (position->second.size == leaf_size_max) {
    split(position->second);
    position = leaf_for(rank);
  }
  append(position->second, entry);
  ++size_;
}

void ExpiryIndex::erase(const Entry* entry, std::int64_t expiry_ms) {
  const auto position = leaf_for({expiry_ms, entry});
  Leaf& leaf = position->second;
  // From the back, because that is where a sorted leaf has those that are due.
  const auto entries = leaf.span();
  const auto found = std::ranges::find(entries.rbegin(), entries.rend(), entry);
  if (leaf.is_sorted) {
    std::copy(found.base(), entries.end(), std::prev(found.base()));
  } else {
    *found = entries.back();
  }
  --leaf.size;
  --size_;
  shrink(position);
}

std::optional<std::int64_t> ExpiryIndex::first_expiry_ms() {
  if (size_ == 0) return std::nullopt;
  return sorted_front().span().back()->expiry_ms();
}

std::size_t ExpiryIndex::list_due(std::int64_t now_ms, std::span<const Entry*> out) {
  if (size_ == 0) return 0;
  const auto entries = sorted_front().span();
  const std::size_t count_max = std::min(entries.size(), out.size());
  std::size_t count = 0;
  while (count < count_max && entries[entries.size() - 1 - count]->has_expired(now_ms)) {
    out[count] = entries[entries.size() - 1 - count];
    ++count;
  }
  return count;
}

// There must be a leaf.
ExpiryIndex::Leaves::iterator ExpiryIndex::leaf_for(const Rank& rank) {
  return std::prev(leaves_.upper_bound(rank));
}

void ExpiryIndex::reserve(Leaf& leaf, std::size_t size) {
  const std::size_t bytes = base::allocation_size(size * sizeof(const Entry*));
  const std::size_t capacity = bytes / sizeof(const Entry*);
  if (capacity == leaf.capacity) return;
  auto entries = std::make_unique_for_overwrite<const Entry*[]>(capacity);
  std::ranges::copy(leaf.span(), entries.get());
  memory_bytes_ = memory_bytes_ + bytes - leaf.capacity * sizeof(const Entry*);
  leaf.entries = std::move(entries);
  leaf.capacity = static_cast<std::uint16_t>(capacity);
}

std::vector<ExpiryIndex::Rank> ExpiryIndex::ranks_of(const Leaf& leaf) {
  // The entries lie anywhere in memory: ask for all of them before waiting for the first.
  for (const Entry* entry : leaf.span()) __builtin_prefetch(entry);
  std::vector<Rank> ranks;
  ranks.reserve(leaf.size);
  for (const Entry* entry : leaf.span()) ranks.push_back(rank_of(*entry));
  return ranks;
}

void ExpiryIndex::append(Leaf& leaf, const Entry& entry) {
  if (leaf.size == leaf.capacity) reserve(leaf, leaf.size + std::size_t{1});
  ++leaf.size;
  const auto entries = leaf.span();
  entries.back() = &entry;
  if (!leaf.is_sorted) return;
  const auto others = entries.first(entries.size() - 1);
  const auto place = std::ranges::lower_bound(others, rank_of(entry), std::greater{},
                                              [](const Entry* other) { return rank_of(*other); });
  std::copy_backward(place, others.end(), entries.end());
  *place = &entry;
}

void ExpiryIndex::add_leaf(const Rank& bound, std::span<const Rank> ranks) {
  Leaf& leaf = leaves_[bound];
  memory_bytes_ += leaf_overhead_bytes;
  reserve(leaf, std::max<std::size_t>(ranks.size(), 1));
  std::ranges::transform(ranks, leaf.entries.get(), &Rank::entry);
  leaf.size = static_cast<std::uint16_t>(ranks.size());
}

void ExpiryIndex::split(Leaf& leaf) {
  std::vector<Rank> ranks = ranks_of(leaf);
  const std::size_t half = ranks.size() / 2;
  std::ranges::nth_element(ranks, ranks.begin() + static_cast<std::ptrdiff_t>(half));
  const std::span<const Rank> lower = std::span(ranks).first(half);
  std::ranges::transform(lower, leaf.entries.get(), &Rank::entry);
  leaf.size = static_cast<std::uint16_t>(lower.size());
  leaf.is_sorted = false;
  reserve(leaf, leaf.size);
  add_leaf(ranks[half], std::span(ranks).subspan(half));
}

// After an entry went: gives back what the leaf does not need any more.
void ExpiryIndex::shrink(Leaves::iterator position) {
  Leaf& leaf = position->second;
  if (leaf.size == 0) {
    remove_leaf(position);
    return;
  }
  if (leaf.size <= merged_leaf_size_max / 4) {
    const auto right = std::next(position);
    if (right != leaves_.end() && merge(position, right)) return;
    if (position != leaves_.begin() && merge(std::prev(position), position)) return;
  }
  if (leaf.size * 2U < leaf.capacity) reserve(leaf, leaf.size);
}

bool ExpiryIndex::merge(Leaves::iterator left, Leaves::iterator right) {
  Leaf& leaf = left->second;
  const auto moved = right->second.span();
  const std::size_t size = leaf.size + moved.size();
  if (size > merged_leaf_size_max) return false;
  reserve(leaf, size);
  std::ranges::copy(moved, leaf.entries.get() + leaf.size);
  leaf.size = static_cast<std::uint16_t>(size);
  leaf.is_sorted = false;
  remove_leaf(right);
  return true;
}

void ExpiryIndex::remove_leaf(Leaves::iterator position) {
  const bool was_first = position == leaves_.begin();
  memory_bytes_ -= leaf_overhead_bytes + position->second.capacity * sizeof(const Entry*);
  leaves_.erase(position);
  if (!was_first || leaves_.empty()) return;
  auto first = leaves_.extract(leaves_.begin());
  first.key() = least;
  leaves_.insert(leaves_.begin(), std::move(first));
}

// There must be an entry; so the first leaf has one, because no leaf is ever left empty.
ExpiryIndex::Leaf& ExpiryIndex::sorted_front() {
  Leaf& leaf = leaves_.begin()->second;
  if (leaf.is_sorted) return leaf;
  std::vector<Rank> ranks = ranks_of(leaf);
  std::ranges::sort(ranks, std::greater{});
  std::ranges::transform(ranks, leaf.entries.get(), &Rank::entry);
  leaf.is_sorted = true;
  return leaf;
}

}  // namespace sluice::store
