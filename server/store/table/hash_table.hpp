#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include "server/base/random.hpp"
#include "server/base/text.hpp"
#include "server/store/table/prefetch.hpp"
#include "server/store/table/segment.hpp"
#include "server/store/types.hpp"

namespace sluice::store {

// Nodes by key. Owns them.
//
// Extendible hashing: the first bits of a hash lead through a directory to a segment of at most a few hundred nodes. A
// segment grows in small steps and then splits in two, shrinks in small steps and then merges with its neighbour, so
// every change costs microseconds whatever the size of the table; only the directory, one pointer per a few hundred
// nodes, is doubled and halved as a whole. docs/keyspace.md has the pictures.
//
// A Node has key(), the bytes by which it is found, and never changes them. Deleter destroys one, as that of
// std::unique_ptr. Hasher is the function that the hashes of all keys come from; it is used when a segment splits.
//
// Where there is no memory, insert() throws std::bad_alloc and has changed nothing; nothing else throws.
template <class Node, class Hasher, class Deleter = std::default_delete<Node>>
class HashTable {
 public:
  using Owned = std::unique_ptr<Node, Deleter>;

  explicit HashTable(Hasher hasher) : hasher_(std::move(hasher)), directory_(1) { directory_[0] = make_segment(0, 1); }
  // Leaves the other one empty. Allocates: a table is never without a segment.
  HashTable(HashTable&& other) : HashTable(other.hasher_) {  // NOLINT(performance-noexcept-move-constructor)
    swap(other);
  }
  HashTable& operator=(HashTable&& other) = delete;
  ~HashTable();
  void swap(HashTable& other) noexcept;

  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const {  // of the table alone, without the nodes
    return segment_bytes_ + directory_.capacity() * sizeof(Segment*);
  }

  // Null when there is none. One function with all that a look-up takes, which is what nearly every command begins
  // with.
  [[gnu::always_inline]] Node* find(const Key& key) const {
    const Segment& segment = segment_of(key.hash);
    return static_cast<Node*>(segment.find(segment.place(key.hash), [&key](const void* node) {
      return base::equal(static_cast<const Node*>(node)->key(), key.bytes);
    }));
  }

  // Makes an empty table as large as so many nodes need. Without that, nodes that come in the order of their hashes, as
  // those of another table do, crowd the few buckets that there are at each time for the hashes that have come.
  void reserve(std::size_t count);
  // Gives back what reserve() took for nodes that did not come. Costs a look at every segment.
  void fit() noexcept;

  // Sees to it that the next insert() of this hash finds room, whatever is erased before.
  void prepare_insert(std::uint64_t hash) {
    const Segment& segment = segment_of(hash);
    if (segment.size() >= Segment::size_max(segment.bucket_count())) make_room(hash);
  }
  // There must be no node with this key yet.
  Node& insert(std::uint64_t hash, Owned node);
  // Puts `fresh` where `node`, of the same key, is; returns the old one.
  Owned replace(std::uint64_t hash, const Node& node, Owned fresh) {
    Segment& segment = segment_of(hash);
    return Owned{static_cast<Node*>(segment.replace(segment.place(hash), &node, fresh.release()))};
  }
  Owned erase(std::uint64_t hash, const Node& node);

  // A node chosen with nearly equal chances; null when there is none.
  Node* random_node(base::Random& random) const;

  // Calls visitor(const Node&) for about `count` nodes from `cursor` on; returns the cursor that continues, 0 at the
  // end. See Keyspace::scan.
  template <class Visitor>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, const Visitor& visitor) const;
  // For every node, in the order of their hashes.
  template <class Visitor>
  void for_each(const Visitor& visitor) const;

  // Brings the memory towards the processor that look-ups of these hashes will read; of the first prefetch_count_max
  // of them, which is enough to wait for memory side by side, and few enough to find it in the cache when it is read.
  static constexpr std::size_t prefetch_count_max = 32;
  void prefetch(std::span<const std::uint64_t> hashes) const;
  // The steps of that for one hash, in this order. Each reads what the one before has asked for.
  void prefetch_segment(std::uint64_t hash) const { prefetch_two_lines(&segment_of(hash)); }
  void prefetch_bucket(std::uint64_t hash) const {
    const Segment& segment = segment_of(hash);
    // With the next one, where those are that found this one full.
    prefetch_two_lines(&segment.bucket(segment.home(segment.place(hash).position)));
  }
  void prefetch_node(std::uint64_t hash) const {
    if (const void* node = guess(hash)) prefetch_two_lines(node);
  }
  // The node that a look-up of this hash would nearly always find, or null; reads no node.
  const Node* guess(std::uint64_t hash) const {
    const Segment& segment = segment_of(hash);
    return static_cast<const Node*>(segment.guess(segment.place(hash)));
  }

 private:
  // Positions then reach down to bit 16 of the hash at most: they do not meet the tag, and a cursor of 52 bits can hold
  // every one of them.
  static constexpr unsigned depth_max = 32;
  static constexpr unsigned cursor_shift = 12;
  static constexpr std::size_t probe_length_max = 16;
  static constexpr std::size_t merged_size_max = 256;
  static constexpr std::uint64_t all_bits = std::numeric_limits<std::uint64_t>::max();

  // The lowest hash that begins with the same `depth` bits. `depth` is below 64.
  static std::uint64_t range_start(std::uint64_t hash, unsigned depth) { return hash & ~(all_bits >> depth); }

  std::size_t directory_index(std::uint64_t hash) const { return (hash >> 1) >> (63 - depth_); }
  Segment& segment_of(std::uint64_t hash) const { return *directory_[directory_index(hash)]; }

  // From how many nodes on a table is too large for the processor's cache.
  static constexpr std::size_t size_beyond_cache = 10'000;

  struct RandomSlot {
    const Bucket* bucket;
    unsigned slot;

    bool is_used() const { return bucket->used().contains(slot); }
  };
  RandomSlot choose_slot(std::uint64_t number) const;
  void prefetch_choices(const base::Random& random) const;

  template <class Visitor>
  void for_each_segment(const Visitor& visitor);
  Segment* make_segment(unsigned depth, std::size_t bucket_count) {
    return adopt(std::make_unique<Segment>(depth, bucket_count));
  }
  Segment* adopt(std::unique_ptr<Segment> segment) noexcept;
  void drop_segment(Segment* segment) noexcept;
  void resize(Segment& segment, std::size_t bucket_count);
  void enter_in_directory(Segment* segment, std::uint64_t hash) noexcept;
  void double_directory();
  void halve_directory() noexcept;

  bool may_split(const Segment& segment) const;
  void make_room(std::uint64_t hash);
  void split(std::uint64_t hash);
  void give_back_room(std::uint64_t hash) noexcept;
  void shrink(std::uint64_t hash);
  bool merge(std::uint64_t hash);

  template <class Visitor>
  std::uint64_t visit_bucket(std::uint64_t from_hash, const Visitor& visitor, std::size_t& visited) const;

  Hasher hasher_;
  unsigned depth_ = 0;               // the directory has 2^depth_ pointers
  std::vector<Segment*> directory_;  // a segment of depth d is there 2^(depth_ - d) times, side by side; owned
  std::size_t deepest_count_ = 0;    // of segments with depth_; the directory is halved when there are none
  std::size_t size_ = 0;
  std::size_t segment_bytes_ = 0;
};

template <class Node, class Hasher, class Deleter>
HashTable<Node, Hasher, Deleter>::~HashTable() {
  for_each_segment([](Segment* each) {
    const std::unique_ptr<Segment> segment{each};
    segment->for_each([](Place, const void* node) { prefetch_line(node); });
    segment->for_each([](Place, void* node) { Deleter{}(static_cast<Node*>(node)); });
  });
}

// Calls visitor(Segment*) once for each, which it may destroy.
template <class Node, class Hasher, class Deleter>
template <class Visitor>
void HashTable<Node, Hasher, Deleter>::for_each_segment(const Visitor& visitor) {
  for (std::size_t index = 0; index < directory_.size();) {
    Segment* const segment = directory_[index];
    index += std::size_t{1} << (depth_ - segment->depth());
    visitor(segment);
  }
}

template <class Node, class Hasher, class Deleter>
void HashTable<Node, Hasher, Deleter>::swap(HashTable& other) noexcept {
  std::swap(hasher_, other.hasher_);
  std::swap(depth_, other.depth_);
  std::swap(directory_, other.directory_);
  std::swap(deepest_count_, other.deepest_count_);
  std::swap(size_, other.size_);
  std::swap(segment_bytes_, other.segment_bytes_);
}

template <class Node, class Hasher, class Deleter>
void HashTable<Node, Hasher, Deleter>::reserve(std::size_t count) {
  constexpr std::size_t nodes_per_segment = 512;
  if (size_ != 0) return;
  unsigned depth = 0;
  while ((count >> depth) > nodes_per_segment) ++depth;
  const std::size_t share = count >> depth;
  const std::size_t bucket_count = Segment::bucket_count_for(share + share / 8);
  std::vector<std::unique_ptr<Segment>> fresh(std::size_t{1} << depth);
  for (auto& segment : fresh) segment = std::make_unique<Segment>(depth, bucket_count);
  std::vector<Segment*> directory(fresh.size());

  for_each_segment([this](Segment* segment) { drop_segment(segment); });
  depth_ = depth;
  deepest_count_ = 0;
  directory_ = std::move(directory);
  std::ranges::transform(fresh, directory_.begin(), [this](auto& segment) { return adopt(std::move(segment)); });
}

template <class Node, class Hasher, class Deleter>
void HashTable<Node, Hasher, Deleter>::fit() noexcept {
  std::uint64_t hash = 0;
  do {
    give_back_room(hash);
    const unsigned depth = segment_of(hash).depth();
    if (depth == 0) return;
    hash = range_start(hash, depth) + (std::uint64_t{1} << (64 - depth));
  } while (hash != 0);
}

template <class Node, class Hasher, class Deleter>
Node& HashTable<Node, Hasher, Deleter>::insert(std::uint64_t hash, Owned owned) {
  prepare_insert(hash);
  Segment& segment = segment_of(hash);
  Node& node = *owned.release();
  const std::size_t probe_length = segment.insert(segment.place(hash), &node);
  ++size_;
  // Below half the load it is the hashes that are bad, and more room would not mend it.
  if (probe_length > probe_length_max && segment.size() * 2 > segment.capacity()) [[unlikely]] {
    try {
      make_room(hash);
    } catch (const std::bad_alloc&) {
      // The node is in, only farther from home than is good.
    }
  }
  return node;
}

template <class Node, class Hasher, class Deleter>
auto HashTable<Node, Hasher, Deleter>::erase(std::uint64_t hash, const Node& node) -> Owned {
  Segment& segment = segment_of(hash);
  Owned erased{static_cast<Node*>(segment.erase(segment.place(hash), &node))};
  --size_;
  if (segment.size() * 3 < segment.capacity()) give_back_room(hash);
  return erased;
}

template <class Node, class Hasher, class Deleter>
Node* HashTable<Node, Hasher, Deleter>::random_node(base::Random& random) const {
  constexpr int tries_max = 128;
  if (size_ == 0) return nullptr;
  for (int tries = 0; tries < tries_max; ++tries) {
    if (size_ >= size_beyond_cache) prefetch_choices(random);
    if (const RandomSlot chosen = choose_slot(random.next()); chosen.is_used()) {
      return static_cast<Node*>((*chosen.bucket)[chosen.slot].node());
    }
  }
  // Only a table of very few nodes has so many free slots: the next one in hash order will do.
  Node* node = nullptr;
  std::size_t visited = 0;
  for (std::uint64_t hash = random.next(); visited == 0;) {
    hash = visit_bucket(hash, [&node](Node& met) { node = &met; }, visited);
  }
  return node;
}

// The slot that a random number leads to. It spends one number, so that the memory of later choices can be asked for.
template <class Node, class Hasher, class Deleter>
auto HashTable<Node, Hasher, Deleter>::choose_slot(std::uint64_t number) const -> RandomSlot {
  constexpr std::uint64_t low_bits = 0xffff;  // the high ones have chosen the bucket
  const Segment& segment = segment_of(number);
  return {&segment.bucket(segment.home(segment.place(number).position)),
          static_cast<unsigned>((number & low_bits) * Bucket::slot_count / (low_bits + 1))};
}

// Callers that choose at random are likely to go on: each step of the way to later choices reads what an earlier call
// has asked for.
template <class Node, class Hasher, class Deleter>
void HashTable<Node, Hasher, Deleter>::prefetch_choices(const base::Random& random) const {
  constexpr unsigned distance = 4;
  base::Random later = random.after(distance);
  if (const RandomSlot slot = choose_slot(base::Random(later).next()); slot.is_used()) {
    prefetch_line((*slot.bucket)[slot.slot].node());
  }
  later = later.after(distance);
  prefetch_bucket(base::Random(later).next());
  later = later.after(distance);
  prefetch_segment(base::Random(later).next());
}

template <class Node, class Hasher, class Deleter>
template <class Visitor>
std::uint64_t HashTable<Node, Hasher, Deleter>::scan(std::uint64_t cursor, std::size_t count,
                                                     const Visitor& visitor) const {
  // Bounds a call in a sparse part of the table, as Redis does.
  constexpr std::size_t buckets_per_node_max = 10;
  std::uint64_t hash = cursor << cursor_shift;
  std::size_t visited = 0;
  std::size_t buckets = 0;
  do {
    hash = visit_bucket(hash, visitor, visited);
    ++buckets;
  } while (hash != 0 && visited < count && buckets / buckets_per_node_max < count);
  return hash >> cursor_shift;
}

template <class Node, class Hasher, class Deleter>
template <class Visitor>
void HashTable<Node, Hasher, Deleter>::for_each(const Visitor& visitor) const {
  std::uint64_t hash = 0;
  std::size_t visited = 0;
  do {
    hash = visit_bucket(hash, visitor, visited);
  } while (hash != 0);
}

// Visits the home bucket that `from_hash` belongs to, from there on; returns the first hash of the next bucket, 0 after
// the last.
template <class Node, class Hasher, class Deleter>
template <class Visitor>
std::uint64_t HashTable<Node, Hasher, Deleter>::visit_bucket(std::uint64_t from_hash, const Visitor& visitor,
                                                             std::size_t& visited) const {
  const Segment& segment = segment_of(from_hash);
  std::uint32_t position = segment.place(from_hash).position;
  segment.visit_home(position, [&](void* node) {
    visitor(*static_cast<Node*>(node));
    ++visited;
  });
  const std::uint64_t offset = std::uint64_t{position} << (64 - Segment::position_bits - segment.depth());
  return range_start(from_hash, segment.depth()) + offset;
}

// Each step of the way is taken for all hashes, in loops so short that the processor has several of their address
// translations under way at once: a prefetch, too, waits for its own.
template <class Node, class Hasher, class Deleter>
void HashTable<Node, Hasher, Deleter>::prefetch(std::span<const std::uint64_t> hashes) const {
  hashes = hashes.first(std::min(hashes.size(), prefetch_count_max));
  for (const std::uint64_t hash : hashes) prefetch_segment(hash);
  for (const std::uint64_t hash : hashes) prefetch_bucket(hash);
  std::array<const void*, prefetch_count_max> nodes;
  std::size_t node_count = 0;
  for (const std::uint64_t hash : hashes) {
    const void* node = guess(hash);
    nodes[node_count] = node;
    node_count += node != nullptr ? 1 : 0;
  }
  for (const void* node : std::span(nodes).first(node_count)) prefetch_two_lines(node);
}

template <class Node, class Hasher, class Deleter>
Segment* HashTable<Node, Hasher, Deleter>::adopt(std::unique_ptr<Segment> segment) noexcept {
  if (segment->depth() == depth_) ++deepest_count_;
  segment_bytes_ += segment->memory_bytes();
  return segment.release();
}

template <class Node, class Hasher, class Deleter>
void HashTable<Node, Hasher, Deleter>::drop_segment(Segment* segment) noexcept {
  if (segment->depth() == depth_) --deepest_count_;
  segment_bytes_ -= segment->memory_bytes();
  delete segment;
}

template <class Node, class Hasher, class Deleter>
void HashTable<Node, Hasher, Deleter>::resize(Segment& segment, std::size_t bucket_count) {
  const std::size_t bytes_before = segment.memory_bytes();
  segment.resize(bucket_count);
  segment_bytes_ = segment_bytes_ - bytes_before + segment.memory_bytes();
}

// Lets all hashes that share the first segment->depth() bits with `hash` lead to the segment.
template <class Node, class Hasher, class Deleter>
void HashTable<Node, Hasher, Deleter>::enter_in_directory(Segment* segment, std::uint64_t hash) noexcept {
  const std::size_t first = directory_index(range_start(hash, segment->depth()));
  const std::size_t count = std::size_t{1} << (depth_ - segment->depth());
  std::fill_n(directory_.begin() + static_cast<std::ptrdiff_t>(first), count, segment);
}

template <class Node, class Hasher, class Deleter>
void HashTable<Node, Hasher, Deleter>::double_directory() {
  const std::size_t size = directory_.size();
  directory_.resize(size * 2);
  for (std::size_t index = size; index-- > 0;) {
    directory_[index * 2] = directory_[index * 2 + 1] = directory_[index];
  }
  ++depth_;
  deepest_count_ = 0;
}

template <class Node, class Hasher, class Deleter>
void HashTable<Node, Hasher, Deleter>::halve_directory() noexcept {
  const std::size_t size = directory_.size() / 2;
  for (std::size_t index = 0; index < size; ++index) directory_[index] = directory_[index * 2];
  directory_.resize(size);
  directory_.shrink_to_fit();  // asks, and does without if there is no memory for it
  --depth_;
  deepest_count_ = static_cast<std::size_t>(
      std::ranges::count_if(directory_, [this](const Segment* segment) { return segment->depth() == depth_; }));
}

// With hashes that deserve the name, the directory is far smaller than this allows. With others it is better to let a
// segment grow than to double the directory in vain.
template <class Node, class Hasher, class Deleter>
bool HashTable<Node, Hasher, Deleter>::may_split(const Segment& segment) const {
  constexpr std::size_t nodes_per_pointer_min = 16;
  if (segment.depth() < depth_) return true;
  return depth_ < depth_max && directory_.size() * 2 <= size_ / nodes_per_pointer_min;
}

template <class Node, class Hasher, class Deleter>
void HashTable<Node, Hasher, Deleter>::make_room(std::uint64_t hash) {
  Segment& segment = segment_of(hash);
  if (segment.bucket_count() >= Segment::usual_bucket_count_max && may_split(segment)) {
    split(hash);
  } else {
    resize(segment, Segment::bucket_count_after(segment.bucket_count()));
  }
}

// The only step that needs the keys: the positions of the halves take in one more bit of each hash. All memory is
// found before anything changes; a directory that was doubled in vain is right, too.
template <class Node, class Hasher, class Deleter>
void HashTable<Node, Hasher, Deleter>::split(std::uint64_t hash) {
  constexpr std::size_t prefetch_distance = 16;
  Segment* parent = &segment_of(hash);
  const unsigned depth = parent->depth() + 1;
  const std::uint64_t upper_bit = std::uint64_t{1} << (64 - depth);

  std::vector<std::pair<std::uint64_t, Node*>> nodes;
  nodes.reserve(parent->size());
  parent->for_each([&nodes](Place, void* node) { nodes.emplace_back(0, static_cast<Node*>(node)); });
  std::size_t upper_size = 0;
  for (std::size_t index = 0; index < nodes.size(); ++index) {
    if (index + prefetch_distance < nodes.size()) prefetch_line(nodes[index + prefetch_distance].second);
    auto& [node_hash, node] = nodes[index];
    node_hash = hasher_(node->key());
    if ((node_hash & upper_bit) != 0) ++upper_size;
  }

  const auto make_half = [&](std::size_t size) {
    return std::make_unique<Segment>(depth, Segment::bucket_count_for(size + size / 16 + 1));
  };
  auto lower_half = make_half(nodes.size() - upper_size);
  auto upper_half = make_half(upper_size);
  if (depth > depth_) double_directory();
  for (const auto& [node_hash, node] : nodes) {
    Segment& half = (node_hash & upper_bit) != 0 ? *upper_half : *lower_half;
    half.insert(half.place(node_hash), node);
  }
  enter_in_directory(adopt(std::move(lower_half)), hash & ~upper_bit);
  enter_in_directory(adopt(std::move(upper_half)), hash | upper_bit);
  drop_segment(parent);
}

// Without memory for smaller segments the large ones stay: shrinking is tried again with the next node that goes.
template <class Node, class Hasher, class Deleter>
void HashTable<Node, Hasher, Deleter>::give_back_room(std::uint64_t hash) noexcept {
  try {
    shrink(hash);
  } catch (const std::bad_alloc&) {
    return;
  }
}

template <class Node, class Hasher, class Deleter>
void HashTable<Node, Hasher, Deleter>::shrink(std::uint64_t hash) {
  bool has_merged = false;
  while (merge(hash)) has_merged = true;
  if (has_merged) return;
  Segment& segment = segment_of(hash);
  const std::size_t bucket_count = Segment::bucket_count_for(segment.size() + segment.size() / 4);
  if (bucket_count < segment.bucket_count()) resize(segment, bucket_count);
}

// Joins the segment of `hash` with the one that it was once split from, if both are small; whether it did.
template <class Node, class Hasher, class Deleter>
bool HashTable<Node, Hasher, Deleter>::merge(std::uint64_t hash) {
  const unsigned depth = segment_of(hash).depth();
  if (depth == 0) return false;
  const std::uint64_t upper_bit = std::uint64_t{1} << (64 - depth);
  Segment* lower = &segment_of(hash & ~upper_bit);
  Segment* upper = &segment_of(hash | upper_bit);
  const std::size_t size = lower->size() + upper->size();
  if (lower->depth() != upper->depth() || size > merged_size_max) return false;

  Segment* merged = make_segment(depth - 1, Segment::bucket_count_for(size + size / 4));
  // A position in a half is the lower end of the same hash's position in the whole, and one bit more.
  const auto take_over = [merged](const Segment& half, unsigned first_position) {
    half.for_each([=](Place place, void* node) {
      place.position = static_cast<std::uint16_t>(first_position | (place.position >> 1));
      merged->insert(place, node);
    });
  };
  take_over(*lower, 0);
  take_over(*upper, 1U << (Segment::position_bits - 1));
  enter_in_directory(merged, hash);
  drop_segment(lower);
  drop_segment(upper);
  while (depth_ > 0 && deepest_count_ == 0) halve_directory();
  return true;
}

}  // namespace sluice::store
