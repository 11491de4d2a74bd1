#include "server/store/values/counted_tree.hpp"

#include <algorithm>
#include <cassert>
#include <new>
#include <utility>

#include "server/store/table/prefetch.hpp"

namespace sluice::store {

CountedTree::CountedTree(std::span<const ScoredMember* const> members) {
  // Handed over to *this only as a whole, as no destructor would clean up after this constructor.
  CountedTree tree;
  while (!members.empty()) {
    const std::size_t count = std::min(members.size(), TreeLeaf::capacity_max);
    tree.append_leaf(members.first(count));
    members = members.subspan(count);
  }
  swap(tree);
}

CountedTree::~CountedTree() {
  if (root_ != nullptr) free_below(root_, 0);
}

void CountedTree::free_below(void* node, std::size_t level) noexcept {
  if (level == height_) return TreeLeaf::Deleter{}(static_cast<TreeLeaf*>(node));
  auto* const branch = static_cast<TreeBranch*>(node);
  for (std::size_t index = 0; index < branch->size(); ++index) free_below(branch->node(index), level + 1);
  TreeBranch::Deleter{}(branch);
}

void CountedTree::swap(CountedTree& other) noexcept {
  std::swap(root_, other.root_);
  std::swap(height_, other.height_);
  std::swap(size_, other.size_);
  std::swap(bytes_, other.bytes_);
  std::swap(node_count_, other.node_count_);
}

// --- Searching. There must be an item for all but rank().

template <class Search>
CountedTree::Path CountedTree::descend(const Search& search) const {
  Path path;
  void* node = root_;
  for (std::size_t level = 0; level < height_; ++level) {
    auto* const branch = static_cast<TreeBranch*>(node);
    const std::size_t index = branch->locate(search);
    path.steps[level] = {branch, index};
    node = branch->node(index);
  }
  TreeLeaf::prefetch_hints(node);
  path.leaf = static_cast<TreeLeaf*>(node);
  path.index = path.leaf->locate(search);
  return path;
}

// How many items lie before the place looked for.
template <class Search>
std::size_t CountedTree::rank(const Search& search) const {
  if (empty()) return 0;
  std::size_t rank = 0;
  void* node = root_;
  for (std::size_t level = 0; level < height_; ++level) {
    const auto* const branch = static_cast<TreeBranch*>(node);
    const std::size_t index = branch->locate(search);
    rank += branch->count_before(index);
    node = branch->node(index);
  }
  TreeLeaf::prefetch_hints(node);
  return rank + static_cast<TreeLeaf*>(node)->locate(search);
}

CountedTree::Path CountedTree::path_to(std::size_t rank) const {
  Path path;
  void* node = root_;
  for (std::size_t level = 0; level < height_; ++level) {
    auto* const branch = static_cast<TreeBranch*>(node);
    const std::size_t index = branch->locate_rank(rank);
    path.steps[level] = {branch, index};
    node = branch->node(index);
  }
  path.leaf = static_cast<TreeLeaf*>(node);
  path.index = rank;
  return path;
}

std::size_t CountedTree::rank_of(const ScoredMember& member) const {
  return rank(BehindMember{member.order(), &member}) - 1;
}

std::size_t CountedTree::rank_of_first(const ScoreBound& bound) const {
  return rank(BesideScore{order_of(bound.score), bound.is_exclusive});
}

std::size_t CountedTree::rank_behind_last(const ScoreBound& bound) const {
  return rank(BesideScore{order_of(bound.score), !bound.is_exclusive});
}

std::size_t CountedTree::rank_of_first(const LexBound& bound) const {
  if (bound.kind == LexBound::Kind::lowest) return 0;
  if (bound.kind == LexBound::Kind::highest) return size_;
  return rank(BesideBytes{bound.bytes, bound.kind == LexBound::Kind::exclusive});
}

std::size_t CountedTree::rank_behind_last(const LexBound& bound) const {
  if (bound.kind == LexBound::Kind::lowest) return 0;
  if (bound.kind == LexBound::Kind::highest) return size_;
  return rank(BesideBytes{bound.bytes, bound.kind == LexBound::Kind::inclusive});
}

CountedTree::Iterator CountedTree::at(std::size_t rank) const {
  if (empty()) return {};
  const Path path = path_to(rank);
  return {path.leaf, path.index};
}

// --- Nodes

template <class Node>
Node& CountedTree::adopt(std::unique_ptr<Node, typename Node::Deleter> node) noexcept {
  bytes_ += node->memory_bytes();
  ++node_count_;
  return *node.release();
}

template <class Node>
void CountedTree::drop(Node& node) noexcept {
  bytes_ -= node.memory_bytes();
  --node_count_;
  typename Node::Deleter{}(&node);
}

// Moves what `node` has to `by`, which takes its place among its neighbours, but not in its parent.
template <class Node>
Node& CountedTree::replace(Node& node, std::unique_ptr<Node, typename Node::Deleter> by) noexcept {
  Node& fresh = adopt(std::move(by));
  fresh.append(node);
  fresh.take_place_of(node);
  drop(node);
  return fresh;
}

// Has the path, and the parent of this level's node, lead to `node` instead.
void CountedTree::set_node(Path& path, std::size_t level, void* node) {
  if (level == height_) {
    path.leaf = static_cast<TreeLeaf*>(node);
  } else {
    path.steps[level].branch = static_cast<TreeBranch*>(node);
  }
  if (level == 0) {
    root_ = node;
  } else {
    path.steps[level - 1].branch->set_node(path.steps[level - 1].index, node);
  }
}

// In the branches above `level`.
void CountedTree::add_to_counts(Path& path, std::size_t level, std::size_t added) {
  while (level-- > 0) path.steps[level].branch->add_to_count(path.steps[level].index, added);
}

// After the first item of the node on this level may have become another: tells the branches above.
void CountedTree::refresh_firsts(Path& path, std::size_t level) {
  if (level == 0) return;
  std::uint64_t order = 0;
  const ScoredMember* first = nullptr;
  if (level == height_) {
    order = path.leaf->order(0);
    first = path.leaf->member(0);
  } else {
    order = path.steps[level].branch->order(0);
    first = path.steps[level].branch->first(0);
  }
  do {
    --level;
    path.steps[level].branch->set_first(path.steps[level].index, order, first);
  } while (level > 0 && path.steps[level].index == 0);
}

// --- Adding

void CountedTree::insert(const ScoredMember& member) {
  const std::uint64_t order = member.order();
  if (empty()) {
    TreeLeaf& leaf = adopt(TreeLeaf::create(TreeLeaf::capacity_for(1)));
    leaf.insert(0, order, member);
    root_ = &leaf;
    size_ = 1;
    return;
  }
  Path path = descend(BehindMember{order, &member});
  if (path.leaf->is_full()) {
    if (path.leaf->capacity() == TreeLeaf::capacity_max) {
      divide(path, order, member);
      ++size_;
      return;
    }
    set_node(path, height_, &replace(*path.leaf, TreeLeaf::create(TreeLeaf::capacity_for(path.leaf->size() + 1))));
  }
  path.leaf->insert(path.index, order, member);
  ++size_;
  add_to_counts(path, height_, 1);
  if (path.index == 0) refresh_firsts(path, height_);
}

// Adds an item to a leaf that can get no larger. Both halves get the memory that they need. At either end of the tree
// the leaf stays full, as more members are likely to be added there.
void CountedTree::divide(Path& path, std::uint64_t order, const ScoredMember& member) {
  // From here on one more leaf of full size is little beside the others.
  constexpr std::size_t size_min = 16 * TreeLeaf::capacity_max;
  FreshBranches fresh = find_branches(path);
  TreeLeaf& full = *path.leaf;
  if (path.is_at_begin() || path.is_at_end()) {
    const bool is_behind = path.is_at_end();
    TreeLeaf& added = adopt(TreeLeaf::create(size_ < size_min ? TreeLeaf::capacity_for(1) : TreeLeaf::capacity_max));
    added.insert(0, order, member);
    is_behind ? added.link_behind(full) : added.link_before(full);
    return is_behind ? put_pair(path, full, added, 1, fresh) : put_pair(path, added, full, 1, fresh);
  }
  const std::size_t half = (full.size() + 1) / 2;
  const std::size_t capacity = TreeLeaf::capacity_for(half + 1);
  TreeLeaf::Owned lower_half = TreeLeaf::create(capacity);
  TreeLeaf::Owned upper_half = TreeLeaf::create(capacity);
  TreeLeaf& lower = adopt(std::move(lower_half));
  TreeLeaf& upper = adopt(std::move(upper_half));
  lower.append(full, 0, half);
  upper.append(full, half, full.size() - half);
  if (path.index <= half) {
    lower.insert(path.index, order, member);
  } else {
    upper.insert(path.index - half, order, member);
  }
  lower.sharpen();
  upper.sharpen();
  lower.take_place_of(full);
  upper.link_behind(lower);
  drop(full);
  put_pair(path, lower, upper, 1, fresh);
}

// All branches that put_pair() will want, the lowest first.
CountedTree::FreshBranches CountedTree::find_branches(const Path& path) const {
  FreshBranches fresh;
  for (std::size_t level = height_;; --level) {
    TreeBranch::Owned& here = fresh[height_ - level];
    if (level == 0) {
      if (height_ == height_max) throw std::bad_alloc();
      here = TreeBranch::create(TreeBranch::capacity_for(2));
      return fresh;
    }
    const TreeBranch& branch = *path.steps[level - 1].branch;
    if (!branch.is_full()) return fresh;
    if (branch.capacity() < TreeBranch::capacity_max) {
      here = TreeBranch::create(TreeBranch::capacity_for(branch.size() + 1));
      return fresh;
    }
    here = TreeBranch::create(TreeBranch::capacity_max);
  }
}

// Puts two leaves where one was, with `added` items more, into the branches above.
void CountedTree::put_pair(Path& path, TreeLeaf& lower_leaf, TreeLeaf& upper_leaf, std::size_t added,
                           FreshBranches& fresh) noexcept {
  TreeBranch::Child lower = describe(lower_leaf);
  TreeBranch::Child upper = describe(upper_leaf);
  for (std::size_t level = height_; level > 0; --level) {
    const std::size_t index = path.steps[level - 1].index;
    TreeBranch* branch = path.steps[level - 1].branch;
    branch->set(index, lower);
    if (branch->capacity() == TreeBranch::capacity_max && branch->is_full()) {
      TreeBranch& behind = divide_branch(path, level - 1, upper, std::move(fresh[height_ - level]));
      lower = describe(*branch);
      upper = describe(behind);
      continue;
    }
    if (branch->is_full()) {
      branch = &replace(*branch, std::move(fresh[height_ - level]));
      set_node(path, level - 1, branch);
    }
    branch->insert(index + 1, upper);
    add_to_counts(path, level - 1, added);
    refresh_firsts(path, level - 1);
    return;
  }
  TreeBranch& root = adopt(std::move(fresh[height_]));
  root.insert(0, lower);
  root.insert(1, upper);
  root_ = &root;
  ++height_;
}

// Adds a child to a full branch of the path, behind the one that the path goes to. Returns the branch that has come
// behind this one.
TreeBranch& CountedTree::divide_branch(Path& path, std::size_t level, const TreeBranch::Child& added,
                                       TreeBranch::Owned fresh) {
  TreeBranch& branch = *path.steps[level].branch;
  TreeBranch& behind = adopt(std::move(fresh));
  const std::size_t index = path.steps[level].index + 1;
  const bool is_at_end = std::all_of(path.steps.begin(), path.steps.begin() + static_cast<std::ptrdiff_t>(level) + 1,
                                     [](const Step& step) { return step.index + 1 == step.branch->size(); });
  const std::size_t half = is_at_end ? branch.size() : branch.size() / 2;
  behind.append_from(branch, half);
  if (index <= half && !is_at_end) {
    branch.insert(index, added);
  } else {
    behind.insert(index - half, added);
  }
  return behind;
}

// Adds a leaf of these members, which come behind all others.
void CountedTree::append_leaf(std::span<const ScoredMember* const> members) {
  TreeLeaf::Owned owned = TreeLeaf::create(TreeLeaf::capacity_for(members.size()));
  owned->assign(members);
  if (empty()) {
    root_ = &adopt(std::move(owned));
  } else {
    Path path = path_to(size_);
    FreshBranches fresh = find_branches(path);
    TreeLeaf& leaf = adopt(std::move(owned));
    leaf.link_behind(*path.leaf);
    put_pair(path, *path.leaf, leaf, members.size(), fresh);
  }
  size_ += members.size();
}

// --- Removing

void CountedTree::erase(const ScoredMember& member) noexcept {
  Path path = descend(BehindMember{member.order(), &member});
  remove(path, path.index - 1, 1);
}

std::size_t CountedTree::erase_some(std::size_t first, std::span<const ScoredMember*> out) noexcept {
  if (first >= size_) return 0;
  Path path = path_to(first);
  const std::size_t count = std::min(out.size(), path.leaf->size() - path.index);
  for (std::size_t number = 0; number < count; ++number) out[number] = path.leaf->member(path.index + number);
  remove(path, path.index, count);
  return count;
}

bool CountedTree::move_within_leaf(ScoredMember& member, double score) noexcept {
  Path path = descend(BehindMember{member.order(), &member});
  TreeLeaf& leaf = *path.leaf;
  const std::size_t index = path.index - 1;
  const std::uint64_t order = order_of(score);
  std::size_t target = leaf.locate(BehindMember{order, &member});
  // At the very ends of a leaf the new place may be in the next one.
  if (target == 0 && leaf.previous() != nullptr) return false;
  if (target == leaf.size() && leaf.next() != nullptr) return false;
  if (target > index) --target;
  member.set_score(score);
  leaf.erase(index, 1);
  leaf.insert(target, order, member);
  if (index == 0 || target == 0) refresh_firsts(path, height_);
  return true;
}

namespace {

// Commands that remove members at an end of the tree are likely to go on: asks for the memory of one that comes soon,
// when items at `index` have gone.
void prefetch_next(const TreeLeaf& leaf, std::size_t index) {
  constexpr std::size_t distance = 8;
  if (leaf.size() <= distance) return;
  if (index == 0) {
    prefetch_line(leaf.member(distance));
  } else if (index == leaf.size()) {
    prefetch_line(leaf.member(leaf.size() - 1 - distance));
  }
}

}  // namespace

void CountedTree::remove(Path& path, std::size_t index, std::size_t count) noexcept {
  path.leaf->erase(index, count);
  size_ -= count;
  add_to_counts(path, height_, 0 - count);
  prefetch_next(*path.leaf, index);
  if (path.leaf->is_sparse()) return tidy(path);
  if (index == 0) refresh_firsts(path, height_);
  shrink_leaf(path);
}

// Gives back what a leaf has too much; with some room left, so that it does not grow again with the next few.
void CountedTree::shrink_leaf(Path& path) noexcept {
  const TreeLeaf& leaf = *path.leaf;
  const std::size_t capacity = TreeLeaf::capacity_for(std::min(leaf.size() + leaf.size() / 4, TreeLeaf::capacity_max));
  if (capacity >= leaf.capacity()) return;
  if (TreeLeaf::Owned fitting = TreeLeaf::try_create(capacity)) {
    set_node(path, height_, &replace(*path.leaf, std::move(fitting)));
  }
}

// After items have gone from a leaf that has few left: it goes, or joins a neighbour, and so do the branches above that
// have few children left then.
void CountedTree::tidy(Path& path) noexcept {
  if (empty()) {
    CountedTree emptied;
    return swap(emptied);
  }
  if (height_ == 0 || !tidy_node(path, height_, *path.leaf)) {
    refresh_firsts(path, height_);
    shrink_leaf(path);
    return;
  }
  std::size_t level = height_ - 1;
  while (level > 0 && tidy_node(path, level, *path.steps[level].branch)) --level;
  refresh_firsts(path, level);
  lower_root();
}

// For a node below the root. Whether it has gone from its parent, or has become one with a neighbour: in either case
// the parent has one child less, and knows the others.
template <class Node>
bool CountedTree::tidy_node(Path& path, std::size_t level, Node& node) noexcept {
  TreeBranch& parent = *path.steps[level - 1].branch;
  const std::size_t index = path.steps[level - 1].index;
  if (node.empty()) {
    node.unlink();
    drop(node);
    parent.erase(index);
    return true;
  }
  if (!node.is_sparse()) return false;
  parent.set(index, describe(node));
  return (index + 1 < parent.size() && merge<Node>(parent, index)) || (index > 0 && merge<Node>(parent, index - 1));
}

// Makes one node of the children `index` and `index` + 1, if they are small and there is memory for that.
template <class Node>
bool CountedTree::merge(TreeBranch& parent, std::size_t index) noexcept {
  auto* lower = static_cast<Node*>(parent.node(index));
  auto* upper = static_cast<Node*>(parent.node(index + 1));
  const std::size_t size = lower->size() + upper->size();
  if (size > Node::merged_size_max) return false;
  if (size > lower->capacity()) {
    auto roomier = Node::try_create(Node::capacity_for(size));
    if (roomier == nullptr) return false;
    lower = &replace(*lower, std::move(roomier));
  }
  lower->append(*upper);
  upper->unlink();
  drop(*upper);
  parent.set(index, describe(*lower));
  parent.erase(index + 1);
  return true;
}

// A root with one child is not needed.
void CountedTree::lower_root() noexcept {
  while (height_ > 0) {
    auto& root = *static_cast<TreeBranch*>(root_);
    if (root.size() != 1) return;
    root_ = root.node(0);
    drop(root);
    --height_;
  }
}

// --- Checking

std::optional<std::string> CountedTree::check() const {
  if (empty()) {
    const bool is_clean = root_ == nullptr && height_ == 0 && bytes_ == 0 && node_count_ == 0;
    return is_clean ? std::nullopt : std::optional<std::string>("an empty tree has nodes");
  }
  std::size_t bytes = 0;
  std::size_t nodes = 0;
  if (auto wrong = check_node(root_, 0, bytes, nodes)) return wrong;
  if (bytes != bytes_ || nodes != node_count_) return "the figures of memory are wrong";
  const TreeLeaf* leaf = path_to(0).leaf;
  if (leaf->previous() != nullptr) return "the first leaf has one before it";
  const ScoredMember* last = nullptr;
  std::size_t size = 0;
  for (; leaf != nullptr; leaf = leaf->next()) {
    if (leaf->next() != nullptr && leaf->next()->previous() != leaf) return "the chain is broken";
    for (std::size_t index = 0; index < leaf->size(); ++index, ++size) {
      const ScoredMember* member = leaf->member(index);
      if (leaf->order(index) != member->order()) return "a hint is wrong";
      if (leaf->locate(BehindMember{member->order(), member}) != index + 1) return "a member is not found";
      if (last != nullptr && !BehindMember{member->order(), member}.passes(last->order(), *last)) return "no order";
      last = member;
    }
  }
  return size == size_ ? std::nullopt : std::optional<std::string>("the chain is not complete");
}

std::optional<std::string> CountedTree::check_node(void* node, std::size_t level, std::size_t& bytes,
                                                   std::size_t& nodes) const {
  ++nodes;
  if (level == height_) {
    const auto& leaf = *static_cast<TreeLeaf*>(node);
    bytes += leaf.memory_bytes();
    if (leaf.size() > leaf.capacity()) return "a leaf is overfull";
    return leaf.empty() ? std::optional<std::string>("a leaf is empty") : std::nullopt;
  }
  const auto& branch = *static_cast<TreeBranch*>(node);
  bytes += branch.memory_bytes();
  if (branch.empty()) return "a branch is empty";
  for (std::size_t index = 0; index < branch.size(); ++index) {
    void* const child = branch.node(index);
    if (auto wrong = check_node(child, level + 1, bytes, nodes)) return wrong;
    const TreeBranch::Child expected =
        level + 1 == height_ ? describe(*static_cast<TreeLeaf*>(child)) : describe(*static_cast<TreeBranch*>(child));
    if (branch.first(index) != expected.first) return "a branch has another first member than its child";
    if (branch.order(index) != expected.order) return "a branch has another first score than its child";
    if (branch.count(index) != expected.count) return "a branch counts wrongly";
  }
  return std::nullopt;
}

}  // namespace sluice::store
