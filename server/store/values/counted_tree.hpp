#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "server/store/values/score_bounds.hpp"
#include "server/store/values/scored_member.hpp"
#include "server/store/values/tree_branch.hpp"
#include "server/store/values/tree_leaf.hpp"

namespace sluice::store {

// The members of a large sorted set in order: by score, and by their bytes where scores are equal. A B+-tree, in which
// every branch knows how many items are below each of its children, so that ranks are found as fast as members.
// docs/sorted_sets.md tells how it stays small. Does not own the members, whose scores must not be changed while they
// are in the tree except by move_within_leaf().
//
// Everything is O(log n), unless it says otherwise. Where there is no memory, whatever adds throws std::bad_alloc and
// has changed nothing; removing never fails.
class CountedTree {
 public:
  class Iterator;

  CountedTree() = default;
  // Of members in order. O(n).
  explicit CountedTree(std::span<const ScoredMember* const> members);
  CountedTree(CountedTree&& other) noexcept { swap(other); }  // leaves the other one empty
  CountedTree& operator=(CountedTree&& other) noexcept {
    swap(other);
    return *this;
  }
  ~CountedTree();
  void swap(CountedTree& other) noexcept;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t memory_bytes() const { return bytes_; }      // without the members. O(1)
  std::size_t piece_count() const { return node_count_; }  // how many allocations there are. O(1)

  void insert(const ScoredMember& member);  // there must be no such item yet
  void erase(const ScoredMember& member) noexcept;
  // Removes members from rank `first` on, as many as fit `out` but perhaps fewer, and lists them there; returns how
  // many. The number is at least one if there is a member.
  std::size_t erase_some(std::size_t first, std::span<const ScoredMember*> out) noexcept;
  // Gives `member` another score if its place is in the same leaf then, where it is moved; otherwise false, and nothing
  // has changed.
  bool move_within_leaf(ScoredMember& member, double score) noexcept;

  // Ranks count from 0. The member must be in the tree.
  std::size_t rank_of(const ScoredMember& member) const;
  // How many members lie before the first that is not below `bound`: the rank of that one.
  std::size_t rank_of_first(const ScoreBound& bound) const;
  // How many members are not above `bound`.
  std::size_t rank_behind_last(const ScoreBound& bound) const;
  // The same of members all of which have one score.
  std::size_t rank_of_first(const LexBound& bound) const;
  std::size_t rank_behind_last(const LexBound& bound) const;

  // The member of a rank, which must be at most size().
  Iterator at(std::size_t rank) const;

  // For tests: what is wrong with the tree, or nothing. O(n).
  std::optional<std::string> check() const;

 private:
  // More than any tree gets, as every branch but a few has several children.
  static constexpr std::size_t height_max = 24;

  struct Step {
    TreeBranch* branch;
    std::size_t index;  // of the child that the path goes to
  };
  // From the root, which has level 0, to a leaf, which has level height_.
  struct Path {
    std::array<Step, height_max> steps;
    TreeLeaf* leaf;
    std::size_t index;  // in the leaf

    bool is_at_begin() const { return index == 0 && leaf->previous() == nullptr; }
    bool is_at_end() const { return index == leaf->size() && leaf->next() == nullptr; }
  };
  using FreshBranches = std::array<TreeBranch::Owned, height_max + 1>;

  template <class Search>
  Path descend(const Search& search) const;
  template <class Search>
  std::size_t rank(const Search& search) const;
  Path path_to(std::size_t rank) const;

  static TreeBranch::Child describe(TreeLeaf& leaf) { return {leaf.order(0), leaf.member(0), &leaf, leaf.size()}; }
  static TreeBranch::Child describe(TreeBranch& branch) {
    return {branch.order(0), branch.first(0), &branch, branch.total()};
  }
  template <class Node>
  Node& adopt(std::unique_ptr<Node, typename Node::Deleter> node) noexcept;
  template <class Node>
  void drop(Node& node) noexcept;
  template <class Node>
  Node& replace(Node& node, std::unique_ptr<Node, typename Node::Deleter> by) noexcept;
  void set_node(Path& path, std::size_t level, void* node);
  void add_to_counts(Path& path, std::size_t level, std::size_t added);
  void refresh_firsts(Path& path, std::size_t level);

  void append_leaf(std::span<const ScoredMember* const> members);
  void divide(Path& path, std::uint64_t order, const ScoredMember& member);
  FreshBranches find_branches(const Path& path) const;
  void put_pair(Path& path, TreeLeaf& lower, TreeLeaf& upper, std::size_t added, FreshBranches& fresh) noexcept;
  TreeBranch& divide_branch(Path& path, std::size_t level, const TreeBranch::Child& added, TreeBranch::Owned fresh);

  void remove(Path& path, std::size_t index, std::size_t count) noexcept;
  void tidy(Path& path) noexcept;
  template <class Node>
  bool tidy_node(Path& path, std::size_t level, Node& node) noexcept;
  template <class Node>
  bool merge(TreeBranch& parent, std::size_t index) noexcept;
  void shrink_leaf(Path& path) noexcept;
  void lower_root() noexcept;
  void free_below(void* node, std::size_t level) noexcept;

  std::optional<std::string> check_node(void* node, std::size_t level, std::size_t& bytes, std::size_t& nodes) const;

  void* root_ = nullptr;    // a leaf if height_ is 0, otherwise a branch; null if the tree is empty
  std::size_t height_ = 0;  // how many levels of branches there are
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  std::size_t node_count_ = 0;
};

// Stands at a member, or behind the last one. Valid until the tree is changed.
class CountedTree::Iterator {
 public:
  Iterator() = default;

  const ScoredMember& operator*() const { return *leaf_->member(index_); }
  const ScoredMember* operator->() const { return leaf_->member(index_); }
  Iterator& operator++() {
    if (++index_ == leaf_->size() && leaf_->next() != nullptr) {
      leaf_ = leaf_->next();
      index_ = 0;
    }
    return *this;
  }
  Iterator& operator--() {
    if (index_ == 0) {
      leaf_ = leaf_->previous();
      index_ = leaf_->size();
    }
    --index_;
    return *this;
  }

 private:
  friend class CountedTree;
  Iterator(const TreeLeaf* leaf, std::size_t index) : leaf_(leaf), index_(index) {}

  const TreeLeaf* leaf_ = nullptr;
  std::size_t index_ = 0;
};

}  // namespace sluice::store
