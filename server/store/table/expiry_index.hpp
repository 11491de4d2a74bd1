#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <ranges>
#include <span>
#include <utility>

#include "server/base/memory.hpp"
#include "server/store/table/prefetch.hpp"

namespace sluice::store {

// The nodes that have an expiry, in the order of (expiry, address), at about nine bytes a node. Does not own them.
// TimeOf reads the expiry of a node that has one: std::int64_t operator()(const Node&), in ms of Unix time.
//
// A map leads from the lower bound of each leaf to the leaf, at most leaf_size_max nodes in no order.
// Only the first leaf is ever sorted, when somebody asks what comes first, and then kept so. The bound of the first
// leaf is the least of all, so that every node has a leaf.
//
// The index reads the expiry of a node that is in it from the node. A node may be changed or freed before it is erased
// here, provided that the erase follows before anything else.
//
// An index of few nodes takes up about three chunks, of chunk_size addresses each; a small chunk makes a large index
// somewhat larger.
//
// reserve() finds the memory that an insertion may need, and may throw std::bad_alloc; nothing else does.
template <class Node, class TimeOf, std::size_t chunk_size = 64>
class ExpiryIndex {
 public:
  ExpiryIndex() = default;
  ExpiryIndex(ExpiryIndex&& other) noexcept { swap(other); }  // leaves the other one empty
  ExpiryIndex& operator=(ExpiryIndex&& other) = delete;
  ~ExpiryIndex() = default;
  void swap(ExpiryIndex& other) noexcept;

  // Before each insert(). Whether memory_bytes() has changed.
  bool reserve() {
    if (spare_chunk_ != nullptr && !spare_leaf_.empty()) [[likely]]
      return false;
    refill();
    return true;
  }
  // Gives that memory back if the index has no more than `size_max` nodes.
  void trim(std::size_t size_max = 0) {
    if (size_ > size_max) return;
    spare_chunk_.reset();
    spare_leaf_ = {};
  }
  // `node` must have an expiry and not be in the index yet. O(log n), and now and then a leaf is split.
  void insert(const Node& node);
  // `node` must have been inserted while it had this expiry. Never reads the node.
  void erase(const Node* node, std::int64_t expiry_ms);

  std::optional<std::int64_t> first_expiry_ms();
  // Lists the earliest nodes with expiry ≤ now_ms, in order, as many as fit `out`; returns how many. They may be fewer
  // than there are, but not none. Erasing them in this order is cheap.
  std::size_t list_due(std::int64_t now_ms, std::span<const Node*> out);

  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t chunk_count_max = 8;  // of a leaf
  static constexpr std::size_t leaf_size_max = chunk_count_max * chunk_size;
  static constexpr std::size_t merged_leaf_size_max = leaf_size_max / 2;

  struct Rank {
    std::int64_t expiry_ms;
    const Node* node;
    auto operator<=>(const Rank&) const = default;
  };
  using LeafRanks = std::array<Rank, leaf_size_max>;  // lives on the stack

  using Chunk = std::unique_ptr<const Node*[]>;

  // Its nodes lie in chunks that are alike in all leaves: what one leaf gives back fits the next, and a leaf has room
  // for hardly more than it holds.
  class Leaf {
   public:
    bool is_sorted = false;  // the earliest node last

    std::size_t size() const { return size_; }
    const Node*& operator[](std::size_t index) { return chunks_[index / chunk_size][index % chunk_size]; }
    bool needs_chunk() const { return size_ % chunk_size == 0; }  // for one more node
    // `fresh` becomes the leaf's last chunk if it needs one, and is not looked at otherwise.
    void push_back(const Node* node, Chunk& fresh) {
      Chunk& chunk = chunks_[size_ / chunk_size];
      if (needs_chunk()) chunk = std::move(fresh);
      chunk[size_ % chunk_size] = node;
      ++size_;
    }
    // Returns the chunk that the leaf needs no more, if there is one.
    Chunk pop_back() {
      --size_;
      return needs_chunk() ? std::move(chunks_[size_ / chunk_size]) : nullptr;
    }

   private:
    std::array<Chunk, chunk_count_max> chunks_;
    std::uint16_t size_ = 0;
  };

  using Leaves = std::map<Rank, Leaf>;
  using Position = typename Leaves::iterator;

  static constexpr Rank least{std::numeric_limits<std::int64_t>::min(), nullptr};

  static Rank rank_of(const Node& node) { return {TimeOf{}(node), &node}; }
  // There must be a leaf.
  Position leaf_for(const Rank& rank) { return std::prev(leaves_.upper_bound(rank)); }
  void refill();
  std::span<Rank> ranks_of(Leaf& leaf, LeafRanks& ranks);
  void push_back(Leaf& leaf, const Node* node);
  void pop_back(Leaf& leaf);
  void insert_sorted(Leaf& leaf, const Node& node);
  Leaf& add_leaf(const Rank& bound);
  void split(Leaf& leaf);
  void shrink(Position position);
  bool merge(Position left, Position right);
  void remove_leaf(Position position);
  Leaf& sorted_front();

  Leaves leaves_;
  std::size_t size_ = 0;
  std::size_t chunk_count_ = 0;

  // Memory for the next insertion; none after trim().
  Chunk spare_chunk_;
  typename Leaves::node_type spare_leaf_;
};

// One chunk is enough even for a split: the lower half gives up a chunk for each but the first that the upper one
// takes, and one more for the node that is inserted.
template <class Node, class TimeOf, std::size_t chunk_size>
void ExpiryIndex<Node, TimeOf, chunk_size>::push_back(Leaf& leaf, const Node* node) {
  if (leaf.needs_chunk()) ++chunk_count_;
  leaf.push_back(node, spare_chunk_);
}

template <class Node, class TimeOf, std::size_t chunk_size>
void ExpiryIndex<Node, TimeOf, chunk_size>::pop_back(Leaf& leaf) {
  Chunk freed = leaf.pop_back();
  if (freed == nullptr) return;
  --chunk_count_;
  if (spare_chunk_ == nullptr) spare_chunk_ = std::move(freed);
}

template <class Node, class TimeOf, std::size_t chunk_size>
void ExpiryIndex<Node, TimeOf, chunk_size>::refill() {
  // Found as a whole or not at all, so that memory_bytes() changes only if it succeeds.
  Leaves maker;  // leaves are made in a map alone
  maker.try_emplace(least);
  auto chunk = std::make_unique_for_overwrite<const Node*[]>(chunk_size);
  if (spare_leaf_.empty()) spare_leaf_ = maker.extract(maker.begin());
  if (spare_chunk_ == nullptr) spare_chunk_ = std::move(chunk);
}

template <class Node, class TimeOf, std::size_t chunk_size>
void ExpiryIndex<Node, TimeOf, chunk_size>::swap(ExpiryIndex& other) noexcept {
  std::swap(spare_chunk_, other.spare_chunk_);
  std::swap(spare_leaf_, other.spare_leaf_);
  std::swap(leaves_, other.leaves_);
  std::swap(size_, other.size_);
  std::swap(chunk_count_, other.chunk_count_);
}

template <class Node, class TimeOf, std::size_t chunk_size>
std::size_t ExpiryIndex<Node, TimeOf, chunk_size>::memory_bytes() const {
  // A node of the map has its links and colour, then a bound and a leaf.
  constexpr std::size_t leaf_bytes = base::allocation_size(4 * sizeof(void*) + sizeof(typename Leaves::value_type));
  constexpr std::size_t chunk_bytes = base::allocation_size(chunk_size * sizeof(const Node*));
  const std::size_t leaf_count = leaves_.size() + (spare_leaf_.empty() ? 0 : 1);
  const std::size_t chunk_count = chunk_count_ + (spare_chunk_ == nullptr ? 0 : 1);
  return leaf_count * leaf_bytes + chunk_count * chunk_bytes;
}

template <class Node, class TimeOf, std::size_t chunk_size>
void ExpiryIndex<Node, TimeOf, chunk_size>::insert(const Node& node) {
  const Rank rank = rank_of(node);
  if (leaves_.empty()) add_leaf(least);
  auto position = leaf_for(rank);
  if (position->second.size() == leaf_size_max) {
    split(position->second);
    position = leaf_for(rank);
  }
  if (position->second.is_sorted) {
    insert_sorted(position->second, node);
  } else {
    push_back(position->second, &node);
  }
  ++size_;
}

template <class Node, class TimeOf, std::size_t chunk_size>
void ExpiryIndex<Node, TimeOf, chunk_size>::erase(const Node* node, std::int64_t expiry_ms) {
  const auto position = leaf_for({expiry_ms, node});
  Leaf& leaf = position->second;
  // From the back, because that is where a sorted leaf has those that are due.
  std::size_t index = leaf.size() - 1;
  while (leaf[index] != node) --index;
  if (leaf.is_sorted) {
    for (; index + 1 < leaf.size(); ++index) leaf[index] = leaf[index + 1];
  } else {
    leaf[index] = leaf[leaf.size() - 1];
  }
  pop_back(leaf);
  --size_;
  shrink(position);
}

template <class Node, class TimeOf, std::size_t chunk_size>
std::optional<std::int64_t> ExpiryIndex<Node, TimeOf, chunk_size>::first_expiry_ms() {
  if (size_ == 0) return std::nullopt;
  Leaf& leaf = sorted_front();
  return TimeOf{}(*leaf[leaf.size() - 1]);
}

template <class Node, class TimeOf, std::size_t chunk_size>
std::size_t ExpiryIndex<Node, TimeOf, chunk_size>::list_due(std::int64_t now_ms, std::span<const Node*> out) {
  if (size_ == 0) return 0;
  Leaf& leaf = sorted_front();
  const std::size_t count_max = std::min(leaf.size(), out.size());
  std::size_t count = 0;
  for (; count < count_max; ++count) {
    const Node* node = leaf[leaf.size() - 1 - count];
    if (TimeOf{}(*node) > now_ms) break;
    out[count] = node;
  }
  return count;
}

template <class Node, class TimeOf, std::size_t chunk_size>
auto ExpiryIndex<Node, TimeOf, chunk_size>::ranks_of(Leaf& leaf, LeafRanks& ranks) -> std::span<Rank> {
  // The nodes lie anywhere in memory: ask for all of them before waiting for the first.
  for (std::size_t index = 0; index < leaf.size(); ++index) prefetch_line(leaf[index]);
  for (std::size_t index = 0; index < leaf.size(); ++index) ranks[index] = rank_of(*leaf[index]);
  return std::span(ranks).first(leaf.size());
}

template <class Node, class TimeOf, std::size_t chunk_size>
void ExpiryIndex<Node, TimeOf, chunk_size>::insert_sorted(Leaf& leaf, const Node& node) {
  const Rank rank = rank_of(node);
  const auto places = std::views::iota(std::size_t{0}, leaf.size());
  const std::size_t place =
      *std::ranges::partition_point(places, [&](std::size_t i) { return rank_of(*leaf[i]) > rank; });
  push_back(leaf, &node);
  for (std::size_t index = leaf.size() - 1; index > place; --index) leaf[index] = leaf[index - 1];
  leaf[place] = &node;
}

// With the spare leaf: the bound must be new.
template <class Node, class TimeOf, std::size_t chunk_size>
auto ExpiryIndex<Node, TimeOf, chunk_size>::add_leaf(const Rank& bound) -> Leaf& {
  spare_leaf_.key() = bound;
  return leaves_.insert(std::move(spare_leaf_)).position->second;
}

// The upper half goes to a new leaf behind this one.
template <class Node, class TimeOf, std::size_t chunk_size>
void ExpiryIndex<Node, TimeOf, chunk_size>::split(Leaf& leaf) {
  LeafRanks storage;
  const std::span<Rank> ranks = ranks_of(leaf, storage);
  const std::size_t half = ranks.size() / 2;
  std::ranges::nth_element(ranks, ranks.begin() + static_cast<std::ptrdiff_t>(half));
  Leaf& upper = add_leaf(ranks[half]);
  for (const Rank& rank : ranks.subspan(half)) {
    push_back(upper, rank.node);
    pop_back(leaf);
  }
  for (std::size_t index = 0; index < half; ++index) leaf[index] = ranks[index].node;
  leaf.is_sorted = false;
}

// After a node went: a leaf with hardly any left joins a neighbour that has room.
template <class Node, class TimeOf, std::size_t chunk_size>
void ExpiryIndex<Node, TimeOf, chunk_size>::shrink(Position position) {
  const std::size_t size = position->second.size();
  if (size == 0) {
    remove_leaf(position);
  } else if (size <= merged_leaf_size_max / 4) {
    const auto right = std::next(position);
    if (right != leaves_.end() && merge(position, right)) return;
    if (position != leaves_.begin()) merge(std::prev(position), position);
  }
}

template <class Node, class TimeOf, std::size_t chunk_size>
bool ExpiryIndex<Node, TimeOf, chunk_size>::merge(Position left, Position right) {
  Leaf& leaf = left->second;
  Leaf& moved = right->second;
  if (leaf.size() + moved.size() > merged_leaf_size_max) return false;
  // The chunks of the one that goes do for the other, but for one perhaps.
  if (spare_chunk_ == nullptr) {
    spare_chunk_.reset(new (std::nothrow) const Node*[chunk_size]);
    if (spare_chunk_ == nullptr) return false;
  }
  for (; moved.size() > 0; pop_back(moved)) push_back(leaf, moved[moved.size() - 1]);
  leaf.is_sorted = false;
  remove_leaf(right);
  return true;
}

// Which is empty.
template <class Node, class TimeOf, std::size_t chunk_size>
void ExpiryIndex<Node, TimeOf, chunk_size>::remove_leaf(Position position) {
  const bool was_first = position == leaves_.begin();
  leaves_.erase(position);
  if (!was_first || leaves_.empty()) return;
  auto first = leaves_.extract(leaves_.begin());
  first.key() = least;
  leaves_.insert(leaves_.begin(), std::move(first));
}

// There must be a node; so the first leaf has one, because no leaf is ever left empty.
template <class Node, class TimeOf, std::size_t chunk_size>
auto ExpiryIndex<Node, TimeOf, chunk_size>::sorted_front() -> Leaf& {
  Leaf& leaf = leaves_.begin()->second;
  if (leaf.is_sorted) return leaf;
  LeafRanks storage;
  const std::span<Rank> ranks = ranks_of(leaf, storage);
  std::ranges::sort(ranks, std::greater{});
  for (std::size_t index = 0; index < ranks.size(); ++index) leaf[index] = ranks[index].node;
  leaf.is_sorted = true;
  return leaf;
}

}  // namespace sluice::store
