#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "server/store/values/tree_search.hpp"

namespace sluice::store {

// An inner node of a CountedTree: its children in order, leaves or branches, and of each the first item and how many
// items there are below it. Has as much memory as its size class gives, up to bytes_max.
//
//   header (8 bytes) | orders of the first items | their members | children | counts        8 bytes each
class TreeBranch {
 public:
  struct Deleter {
    void operator()(TreeBranch* branch) const { destroy(branch); }
  };
  using Owned = std::unique_ptr<TreeBranch, Deleter>;

  struct Child {
    std::uint64_t order;        // order_of() the score of the first item
    const ScoredMember* first;  // and its member
    void* node;
    std::size_t count;
  };

  static constexpr std::size_t bytes_max = 1024;
  static constexpr std::size_t capacity_max = (bytes_max - 8) / sizeof(Child);
  // The most children that two branches have together to become one.
  static constexpr std::size_t merged_size_max = capacity_max * 3 / 4;

  static std::size_t capacity_for(std::size_t size);  // of the smallest branch that holds `size` children
  static Owned create(std::size_t capacity);          // a result of capacity_for()
  static Owned try_create(std::size_t capacity);      // null if there is no memory for it
  TreeBranch(const TreeBranch&) = delete;
  TreeBranch& operator=(const TreeBranch&) = delete;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t capacity() const { return capacity_; }
  bool is_full() const { return size_ == capacity_; }
  bool is_sparse() const { return size_ <= capacity_max / 4; }
  std::size_t memory_bytes() const;

  std::uint64_t order(std::size_t index) const { return row(order_row)[index]; }
  const ScoredMember* first(std::size_t index) const {
    return reinterpret_cast<const ScoredMember*>(row(first_row)[index]);
  }
  void* node(std::size_t index) const { return reinterpret_cast<void*>(row(node_row)[index]); }
  std::size_t count(std::size_t index) const { return row(count_row)[index]; }
  // Of all children before `end`.
  std::size_t count_before(std::size_t end) const;
  std::size_t total() const { return count_before(size_); }

  // The child in which the place looked for lies, or at whose end.
  template <class Search>
  std::size_t locate(const Search& search) const;
  // The child in which the item of this rank lies; `rank` becomes the one that it has there.
  std::size_t locate_rank(std::size_t& rank) const;

  void set(std::size_t index, const Child& child);
  void set_node(std::size_t index, void* node) { row(node_row)[index] = reinterpret_cast<std::uint64_t>(node); }
  void set_first(std::size_t index, std::uint64_t order, const ScoredMember* first) {
    row(order_row)[index] = order;
    row(first_row)[index] = reinterpret_cast<std::uint64_t>(first);
  }
  void add_to_count(std::size_t index, std::size_t added) { row(count_row)[index] += added; }  // modulo 2^64
  void insert(std::size_t index, const Child& child);  // the branch must not be full
  void erase(std::size_t index);
  // Takes over the children of another branch from `first` on, which come behind those here, and have room.
  void append_from(TreeBranch& other, std::size_t first);
  void append(TreeBranch& other) { append_from(other, 0); }

  // The further duties of a parent of leaves.
  void unlink() {}
  void take_place_of(TreeBranch& /*branch*/) {}

 private:
  enum Row : unsigned char { order_row, first_row, node_row, count_row };
  static constexpr Row rows[] = {order_row, first_row, node_row, count_row};

  explicit TreeBranch(std::size_t capacity) : capacity_(static_cast<std::uint32_t>(capacity)) {}
  ~TreeBranch() = default;
  static void destroy(TreeBranch* branch);

  std::uint64_t* row(Row row) { return reinterpret_cast<std::uint64_t*>(this + 1) + row * std::size_t{capacity_}; }
  const std::uint64_t* row(Row row) const {
    return reinterpret_cast<const std::uint64_t*>(this + 1) + row * std::size_t{capacity_};
  }

  std::uint32_t size_ = 0;
  std::uint32_t capacity_;
};

static_assert(sizeof(TreeBranch) == 8);

template <class Search>
std::size_t TreeBranch::locate(const Search& search) const {
  // A member before all children belongs into the first one.
  IndexRange range{1, size_};
  if constexpr (Search::goes_by_score) {
    range = range_of_equal(row(order_row) + 1, size_ - std::size_t{1}, search.order);
    ++range.first;
    ++range.end;
  }
  const std::size_t behind = partition_point(
      range.first, range.end, [&](std::size_t index) { return search.passes(order(index), *first(index)); });
  return behind - 1;
}

}  // namespace sluice::store
