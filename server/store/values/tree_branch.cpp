#include "server/store/values/tree_branch.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>
#include <numeric>

#include "server/base/memory.hpp"

namespace sluice::store {

namespace {

constexpr std::size_t bytes_for(std::size_t capacity) {
  return base::allocation_size(sizeof(TreeBranch) + capacity * sizeof(TreeBranch::Child));
}

}  // namespace

std::size_t TreeBranch::capacity_for(std::size_t size) {
  return (bytes_for(size) - sizeof(TreeBranch)) / sizeof(Child);
}

std::size_t TreeBranch::memory_bytes() const {
  return bytes_for(capacity_);
}

TreeBranch::Owned TreeBranch::create(std::size_t capacity) {
  return Owned(new (::operator new(bytes_for(capacity))) TreeBranch(capacity));
}

TreeBranch::Owned TreeBranch::try_create(std::size_t capacity) {
  void* memory = ::operator new(bytes_for(capacity), std::nothrow);
  return Owned(memory == nullptr ? nullptr : new (memory) TreeBranch(capacity));
}

void TreeBranch::destroy(TreeBranch* branch) {
  const std::size_t bytes = branch->memory_bytes();
  branch->~TreeBranch();
  ::operator delete(static_cast<void*>(branch), bytes);
}

std::size_t TreeBranch::count_before(std::size_t end) const {
  return std::accumulate(row(count_row), row(count_row) + end, std::size_t{0});
}

std::size_t TreeBranch::locate_rank(std::size_t& rank) const {
  std::size_t index = 0;
  for (; index + 1 < size_ && rank >= count(index); ++index) rank -= count(index);
  return index;
}

void TreeBranch::set(std::size_t index, const Child& child) {
  set_first(index, child.order, child.first);
  set_node(index, child.node);
  row(count_row)[index] = child.count;
}

void TreeBranch::insert(std::size_t index, const Child& child) {
  assert(!is_full());
  for (const Row part : rows) {
    std::uint64_t* const from = row(part) + index;
    std::memmove(from + 1, from, (size_ - index) * sizeof(*from));
  }
  ++size_;
  set(index, child);
}

void TreeBranch::erase(std::size_t index) {
  for (const Row part : rows) {
    std::uint64_t* const to = row(part) + index;
    std::memmove(to, to + 1, (size_ - index - 1) * sizeof(*to));
  }
  --size_;
}

void TreeBranch::append_from(TreeBranch& other, std::size_t first) {
  const std::size_t added = other.size_ - first;
  assert(size_ + added <= capacity_);
  for (const Row part : rows) std::copy_n(other.row(part) + first, added, row(part) + size_);
  size_ += static_cast<std::uint32_t>(added);
  other.size_ = static_cast<std::uint32_t>(first);
}

}  // namespace sluice::store
