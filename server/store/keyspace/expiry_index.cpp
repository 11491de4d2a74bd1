#include "server/store/keyspace/expiry_index.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <ranges>
#include <utility>

#include "server/base/memory.hpp"

namespace sluice::store {

std::size_t ExpiryIndex::Leaf::push_back(const Entry* entry) {
  std::unique_ptr<const Entry*[]>& chunk = chunks_[size_ / chunk_size];
  const bool is_new = chunk == nullptr;
  if (is_new) chunk = std::make_unique_for_overwrite<const Entry*[]>(chunk_size);
  chunk[size_ % chunk_size] = entry;
  ++size_;
  return is_new ? 1 : 0;
}

std::size_t ExpiryIndex::Leaf::pop_back() {
  --size_;
  if (size_ % chunk_size != 0) return 0;
  chunks_[size_ / chunk_size].reset();
  return 1;
}

void ExpiryIndex::swap(ExpiryIndex& other) noexcept {
  std::swap(leaves_, other.leaves_);
  std::swap(size_, other.size_);
  std::swap(chunk_count_, other.chunk_count_);
}

std::size_t ExpiryIndex::memory_bytes() const {
  // A node of the map has its links and colour, then a bound and a leaf.
  constexpr std::size_t leaf_bytes = base::allocation_size(4 * sizeof(void*) + sizeof(Leaves::value_type));
  return leaves_.size() * leaf_bytes + chunk_count_ * chunk_size * sizeof(const Entry*);
}

void ExpiryIndex::insert(const Entry& entry) {
  const Rank rank = rank_of(entry);
  if (leaves_.empty()) leaves_.try_emplace(least);
  auto position = leaf_for(rank);
  if (position->second.size() == leaf_size_max) {
    split(position->second);
    position = leaf_for(rank);
  }
  if (position->second.is_sorted) {
    insert_sorted(position->second, entry);
  } else {
    push_back(position->second, &entry);
  }
  ++size_;
}

void ExpiryIndex::erase(const Entry* entry, std::int64_t expiry_ms) {
  const auto position = leaf_for({expiry_ms, entry});
  Leaf& leaf = position->second;
  // From the back, because that is where a sorted leaf has those that are due.
  std::size_t index = leaf.size() - 1;
  while (leaf[index] != entry) --index;
  if (leaf.is_sorted) {
    for (; index + 1 < leaf.size(); ++index) leaf[index] = leaf[index + 1];
  } else {
    leaf[index] = leaf[leaf.size() - 1];
  }
  pop_back(leaf);
  --size_;
  shrink(position);
}

std::optional<std::int64_t> ExpiryIndex::first_expiry_ms() {
  if (size_ == 0) return std::nullopt;
  Leaf& leaf = sorted_front();
  return leaf[leaf.size() - 1]->expiry_ms();
}

std::size_t ExpiryIndex::list_due(std::int64_t now_ms, std::span<const Entry*> out) {
  if (size_ == 0) return 0;
  Leaf& leaf = sorted_front();
  const std::size_t count_max = std::min(leaf.size(), out.size());
  std::size_t count = 0;
  for (; count < count_max; ++count) {
    const Entry* entry = leaf[leaf.size() - 1 - count];
    if (!entry->has_expired(now_ms)) break;
    out[count] = entry;
  }
  return count;
}

// There must be a leaf.
ExpiryIndex::Leaves::iterator ExpiryIndex::leaf_for(const Rank& rank) {
  return std::prev(leaves_.upper_bound(rank));
}

std::vector<ExpiryIndex::Rank> ExpiryIndex::ranks_of(Leaf& leaf) {
  // The entries lie anywhere in memory: ask for all of them before waiting for the first.
  for (std::size_t index = 0; index < leaf.size(); ++index) __builtin_prefetch(leaf[index]);
  std::vector<Rank> ranks;
  ranks.reserve(leaf.size());
  for (std::size_t index = 0; index < leaf.size(); ++index) ranks.push_back(rank_of(*leaf[index]));
  return ranks;
}

void ExpiryIndex::insert_sorted(Leaf& leaf, const Entry& entry) {
  const Rank rank = rank_of(entry);
  const auto places = std::views::iota(std::size_t{0}, leaf.size());
  const std::size_t place =
      *std::ranges::partition_point(places, [&](std::size_t i) { return rank_of(*leaf[i]) > rank; });
  push_back(leaf, &entry);
  for (std::size_t index = leaf.size() - 1; index > place; --index) leaf[index] = leaf[index - 1];
  leaf[place] = &entry;
}

// The upper half goes to a new leaf behind this one.
void ExpiryIndex::split(Leaf& leaf) {
  std::vector<Rank> ranks = ranks_of(leaf);
  const std::size_t half = ranks.size() / 2;
  std::ranges::nth_element(ranks, ranks.begin() + static_cast<std::ptrdiff_t>(half));
  Leaf& upper = leaves_.try_emplace(ranks[half]).first->second;
  for (const Rank& rank : std::span(ranks).subspan(half)) {
    push_back(upper, rank.entry);
    pop_back(leaf);
  }
  for (std::size_t index = 0; index < half; ++index) leaf[index] = ranks[index].entry;
  leaf.is_sorted = false;
}

// After an entry went: a leaf with hardly any left joins a neighbour that has room.
void ExpiryIndex::shrink(Leaves::iterator position) {
  const std::size_t size = position->second.size();
  if (size == 0) {
    remove_leaf(position);
  } else if (size <= merged_leaf_size_max / 4) {
    const auto right = std::next(position);
    if (right != leaves_.end() && merge(position, right)) return;
    if (position != leaves_.begin()) merge(std::prev(position), position);
  }
}

bool ExpiryIndex::merge(Leaves::iterator left, Leaves::iterator right) {
  Leaf& leaf = left->second;
  Leaf& moved = right->second;
  if (leaf.size() + moved.size() > merged_leaf_size_max) return false;
  for (; moved.size() > 0; pop_back(moved)) push_back(leaf, moved[moved.size() - 1]);
  leaf.is_sorted = false;
  remove_leaf(right);
  return true;
}

// Which is empty.
void ExpiryIndex::remove_leaf(Leaves::iterator position) {
  const bool was_first = position == leaves_.begin();
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
  for (std::size_t index = 0; index < ranks.size(); ++index) leaf[index] = ranks[index].entry;
  leaf.is_sorted = true;
  return leaf;
}

}  // namespace sluice::store
