#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "server/store/keyspace/entry.hpp"

namespace sluice::store {

// The entries that have an expiry, in the order of (expiry, address), at about nine bytes an entry. Does not own them.
//
// A map leads from the lower bound of each leaf to the leaf, at most leaf_size_max entries in no order.
// Only the first leaf is ever sorted, when somebody asks what comes first, and then kept so. The bound of the first
// leaf is the least of all, so that every entry has a leaf.
//
// The index reads the expiry of an entry that is in it from the entry. An entry may be changed or freed before it is
// erased here, provided that the erase follows before anything else.
//
// reserve() finds the memory that an insertion may need, and may throw std::bad_alloc; nothing else does.
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
  // Gives that memory back if the index is empty.
  void trim() {
    if (size_ == 0) give_up_spares();
  }
  // `entry` must have an expiry and not be in the index yet. O(log n), and now and then a leaf is split.
  void insert(const Entry& entry);
  // `entry` must have been inserted while it had this expiry. Never reads the entry.
  void erase(const Entry* entry, std::int64_t expiry_ms);

  std::optional<std::int64_t> first_expiry_ms();
  // Lists the earliest entries with expiry ≤ now_ms, in order, as many as fit `out`; returns how many. It may be fewer
  // than there are, but not none. Erasing them in this order is cheap.
  std::size_t list_due(std::int64_t now_ms, std::span<const Entry*> out);

  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t leaf_size_max = 512;
  static constexpr std::size_t chunk_size = 64;
  static constexpr std::size_t merged_leaf_size_max = leaf_size_max / 2;

  struct Rank {
    std::int64_t expiry_ms;
    const Entry* entry;
    auto operator<=>(const Rank&) const = default;
  };

  using Chunk = std::unique_ptr<const Entry*[]>;

  // Its entries lie in chunks that are alike in all leaves: what one leaf gives back fits the next, and a leaf has room
  // for hardly more than it holds.
  class Leaf {
   public:
    bool is_sorted = false;  // the earliest entry last

    std::size_t size() const { return size_; }
    const Entry*& operator[](std::size_t index) { return chunks_[index / chunk_size][index % chunk_size]; }
    bool needs_chunk() const { return size_ % chunk_size == 0; }  // for one more entry
    // `fresh` becomes the leaf's last chunk if it needs one, and is not looked at otherwise.
    void push_back(const Entry* entry, Chunk& fresh);
    // Returns the chunk that the leaf needs no more, if there is one.
    Chunk pop_back();

   private:
    std::array<Chunk, leaf_size_max / chunk_size> chunks_;
    std::uint16_t size_ = 0;
  };

  using Leaves = std::map<Rank, Leaf>;

  static constexpr Rank least{std::numeric_limits<std::int64_t>::min(), nullptr};

  static Rank rank_of(const Entry& entry) { return {*entry.expiry_ms(), &entry}; }
  Leaves::iterator leaf_for(const Rank& rank);
  static Chunk make_chunk() { return std::make_unique_for_overwrite<const Entry*[]>(chunk_size); }
  void refill();
  void give_up_spares();
  std::vector<Rank>& ranks_of(Leaf& leaf);
  void push_back(Leaf& leaf, const Entry* entry);
  void pop_back(Leaf& leaf);
  void insert_sorted(Leaf& leaf, const Entry& entry);
  Leaf& add_leaf(const Rank& bound);
  void split(Leaf& leaf);
  void shrink(Leaves::iterator position);
  bool merge(Leaves::iterator left, Leaves::iterator right);
  void remove_leaf(Leaves::iterator position);
  Leaf& sorted_front();

  Leaves leaves_;
  std::size_t size_ = 0;
  std::size_t chunk_count_ = 0;

  // Memory for the next insertion; none while the index is empty.
  Chunk spare_chunk_;
  Leaves::node_type spare_leaf_;
  std::vector<Rank> ranks_;  // of one leaf, while it is sorted or split; has room for a full one
};

}  // namespace sluice::store
