#include "server/store/keyspace/expiry_index.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <new>
#include <ranges>
#include <utility>

#include "server/base/memory.hpp"

namespace sluice::store {

void ExpiryIndex::Leaf::push_back(const Entry* entry, Chunk& fresh) {
  Chunk& chunk = chunks_[size_ / chunk_size];
  if (needs_chunk()) chunk = std::move(fresh);
  chunk[size_ % chunk_size] = entry;
  ++size_;
}

ExpiryIndex::Chunk ExpiryIndex::Leaf::pop_back() {
  --size_;
  return needs_chunk() ? std::move(chunks_[size_ / chunk_size]) : nullptr;
}

// One chunk is enough even for a split: the lower half gives up a chunk for each but the first that the upper one
// takes, and one more for the entry that is inserted.
void ExpiryIndex::push_back(Leaf& leaf, const Entry* entry) {
  if (leaf.needs_chunk()) ++chunk_count_;
  leaf.push_back(entry, spare_chunk_);
}

void ExpiryIndex::pop_back(Leaf& leaf) {
  Chunk freed = leaf.pop_back();
  if (freed == nullptr) return;
  --chunk_count_;
  if (spare_chunk_ == nullptr) spare_chunk_ = std::move(freed);
}

void ExpiryIndex::refill() {
  // Found as a whole or not at all, so that memory_bytes() changes only if it succeeds.
  std::vector<Rank> ranks;
  ranks.reserve(leaf_size_max);
  Leaves maker;  // nodes are made in a map alone
  maker.try_emplace(least);
  Chunk chunk = make_chunk();
  if (ranks_.capacity() == 0) ranks_ = std::move(ranks);
  if (spare_leaf_.empty()) spare_leaf_ = maker.extract(maker.begin());
  if (spare_chunk_ == nullptr) spare_chunk_ = std::move(chunk);
}

void ExpiryIndex::give_up_spares() {
  spare_chunk_.reset();
  spare_leaf_ = {};
  ranks_ = std::vector<Rank>();
}

void ExpiryIndex::swap(ExpiryIndex& other) noexcept {
  std::swap(spare_chunk_, other.spare_chunk_);
  std::swap(spare_leaf_, other.spare_leaf_);
  std::swap(ranks_, other.ranks_);
  std::swap(leaves_, other.leaves_);
  std::swap(size_, other.size_);
  std::swap(chunk_count_, other.chunk_count_);
}

std::size_t ExpiryIndex::memory_bytes() const {
  // A node of the map has its links and colour, then a bound and a leaf.
  constexpr std::size_t leaf_bytes = base::allocation_size(4 * sizeof(void*) + sizeof(Leaves::value_type));
  constexpr std::size_t chunk_bytes = chunk_size * sizeof(const Entry*);
  const std::size_t leaf_count = leaves_.size() + (spare_leaf_.empty() ? 0 : 1);
  const std::size_t chunk_count = chunk_count_ + (spare_chunk_ == nullptr ? 0 : 1);
  return leaf_count * leaf_bytes + chunk_count * chunk_bytes + ranks_.capacity() * sizeof(Rank);
}

void ExpiryIndex::insert(const Entry& entry) {
  const Rank rank = rank_of(entry);
  if (leaves_.empty()) add_leaf(least);
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

std::vector<ExpiryIndex::Rank>& ExpiryIndex::ranks_of(Leaf& leaf) {
  // The entries lie anywhere in memory: ask for all of them before waiting for the first.
  for (std::size_t index = 0; index < leaf.size(); ++index) __builtin_prefetch(leaf[index]);
  ranks_.clear();
  for (std::size_t index = 0; index < leaf.size(); ++index) ranks_.push_back(rank_of(*leaf[index]));
  return ranks_;
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

// With the spare node: the bound must be new.
ExpiryIndex::Leaf& ExpiryIndex::add_leaf(const Rank& bound) {
  spare_leaf_.key() = bound;
  return leaves_.insert(std::move(spare_leaf_)).position->second;
}

// The upper half goes to a new leaf behind this one.
void ExpiryIndex::split(Leaf& leaf) {
  std::vector<Rank>& ranks = ranks_of(leaf);
  const std::size_t half = ranks.size() / 2;
  std::ranges::nth_element(ranks, ranks.begin() + static_cast<std::ptrdiff_t>(half));
  Leaf& upper = add_leaf(ranks[half]);
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
  // The chunks of the one that goes do for the other, but for one perhaps.
  if (spare_chunk_ == nullptr) {
    spare_chunk_.reset(new (std::nothrow) const Entry*[chunk_size]);
    if (spare_chunk_ == nullptr) return false;
  }
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
  std::vector<Rank>& ranks = ranks_of(leaf);
  std::ranges::sort(ranks, std::greater{});
  for (std::size_t index = 0; index < ranks.size(); ++index) leaf[index] = ranks[index].entry;
  leaf.is_sorted = true;
  return leaf;
}

}  // namespace sluice::store
