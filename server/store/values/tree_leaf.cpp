#include "server/store/values/tree_leaf.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <new>

#include "server/base/memory.hpp"
#include "server/store/table/prefetch.hpp"

namespace sluice::store {

namespace {

// By how many bits orders that are so far apart have to be shifted.
unsigned shift_for(std::uint64_t distance) {
  const auto width = static_cast<unsigned>(std::bit_width(distance));
  return width > 32 ? width - 32 : 0;
}

}  // namespace

// --- Memory

std::size_t TreeLeaf::capacity_for(std::size_t size) {
  const std::size_t bytes = std::max(base::allocation_size(header_bytes + size * item_bytes), bytes_min);
  assert(bytes <= bytes_max);
  return (bytes - header_bytes) / item_bytes;
}

std::size_t TreeLeaf::memory_bytes() const {
  return base::allocation_size(header_bytes + capacity_ * item_bytes);
}

TreeLeaf::Owned TreeLeaf::create(std::size_t capacity) {
  void* memory = ::operator new(base::allocation_size(header_bytes + capacity * item_bytes));
  return Owned(new (memory) TreeLeaf(capacity));
}

TreeLeaf::Owned TreeLeaf::try_create(std::size_t capacity) {
  void* memory = ::operator new(base::allocation_size(header_bytes + capacity * item_bytes), std::nothrow);
  return Owned(memory == nullptr ? nullptr : new (memory) TreeLeaf(capacity));
}

void TreeLeaf::destroy(TreeLeaf* leaf) {
  const std::size_t bytes = leaf->memory_bytes();
  leaf->~TreeLeaf();
  ::operator delete(static_cast<void*>(leaf), bytes);
}

// --- Members

// The members that a search for this order cannot tell apart by their hints; where they would be if there are none.
IndexRange TreeLeaf::alike(std::uint64_t order) const {
  const std::uint64_t shifted = order >> shift_;
  if (shifted < base_) return {0, 0};
  if (shifted - base_ > hint_max) return {size_, size_};
  return range_of_equal(hints(), size_, static_cast<std::uint32_t>(shifted - base_));
}

void TreeLeaf::insert(std::size_t index, std::uint64_t order, const ScoredMember& member) {
  assert(!is_full());
  if (empty()) {
    base_ = order;
    shift_ = 0;
  } else if (!covers(order)) {
    widen(order, order, shift_);
  }
  const std::size_t behind = size_ - index;
  std::memmove(hints() + index + 1, hints() + index, behind * sizeof(std::uint32_t));
  char* const address = addresses() + index * address_bytes;
  std::memmove(address + address_bytes, address, behind * address_bytes);
  hints()[index] = hint(order);
  set_address(index, &member);
  ++size_;
}

void TreeLeaf::erase(std::size_t index, std::size_t count) {
  const std::size_t behind = size_ - index - count;
  std::memmove(hints() + index, hints() + index + count, behind * sizeof(std::uint32_t));
  char* const address = addresses() + index * address_bytes;
  std::memmove(address, address + count * address_bytes, behind * address_bytes);
  size_ = static_cast<std::uint16_t>(size_ - count);
}

void TreeLeaf::append(const TreeLeaf& other, std::size_t first, std::size_t count) {
  assert(size_ + count <= capacity_);
  if (count == 0) return;
  if (empty()) {
    base_ = other.base_;
    shift_ = other.shift_;
  } else {
    widen(other.lowest_order(), other.highest_order(), other.shift_);
  }
  const unsigned shift = shift_ - unsigned{other.shift_};
  for (std::size_t index = 0; index < count; ++index) {
    const std::uint64_t shifted = (other.base_ + other.hints()[first + index]) >> shift;
    hints()[size_ + index] = static_cast<std::uint32_t>(shifted - base_);
  }
  std::memcpy(addresses() + size_ * address_bytes, other.addresses() + first * address_bytes, count * address_bytes);
  size_ = static_cast<std::uint16_t>(size_ + count);
}

void TreeLeaf::assign(std::span<const ScoredMember* const> members) {
  assert(empty() && members.size() <= capacity_);
  for (std::size_t index = 0; index < members.size(); ++index) set_address(index, members[index]);
  size_ = static_cast<std::uint16_t>(members.size());
  if (!empty()) make_hints();
}

// --- Hints

// Sees to it that orders from `lowest` to `highest` have hints, too, without a look at the members: shifting an order
// twice is shifting it once by the sum.
void TreeLeaf::widen(std::uint64_t lowest, std::uint64_t highest, unsigned shift_min) {
  lowest = std::min(lowest, lowest_order());
  highest = std::max(highest, highest_order());
  unsigned shift = std::max({unsigned{shift_}, shift_min, shift_for(highest - lowest)});
  // Where the last bits are cut off, two orders may come to lie one farther apart.
  if ((highest >> shift) - (lowest >> shift) > hint_max) ++shift;
  const std::uint64_t base = lowest >> shift;
  const unsigned added = shift - shift_;
  for (std::size_t index = 0; index < size_; ++index) {
    hints()[index] = static_cast<std::uint32_t>(((base_ + hints()[index]) >> added) - base);
  }
  base_ = base;
  shift_ = static_cast<std::uint8_t>(shift);
}

// Whether members look alike that need not, as leaves cover less and less of all scores when they are divided.
bool TreeLeaf::is_worth_sharpening() const {
  constexpr unsigned gain_min = 4;
  if (shift_ < gain_min || empty()) return false;
  if (std::countl_zero(hints()[size_ - 1U] - hints()[0]) < static_cast<int>(gain_min)) return false;
  return std::adjacent_find(hints(), hints() + size_) != hints() + size_;
}

// From the scores of the members.
void TreeLeaf::make_hints() {
  for (std::size_t index = 0; index < size_; ++index) prefetch_line(member(index));
  const std::uint64_t lowest = member(0)->order();
  const std::uint64_t highest = member(size_ - 1U)->order();
  unsigned shift = shift_for(highest - lowest);
  if ((highest >> shift) - (lowest >> shift) > hint_max) ++shift;
  shift_ = static_cast<std::uint8_t>(shift);
  base_ = lowest >> shift;
  for (std::size_t index = 0; index < size_; ++index) hints()[index] = hint(member(index)->order());
}

// --- The chain

void TreeLeaf::link_behind(TreeLeaf& leaf) {
  previous_ = &leaf;
  next_ = leaf.next_;
  if (next_ != nullptr) next_->previous_ = this;
  leaf.next_ = this;
}

void TreeLeaf::link_before(TreeLeaf& leaf) {
  next_ = &leaf;
  previous_ = leaf.previous_;
  if (previous_ != nullptr) previous_->next_ = this;
  leaf.previous_ = this;
}

void TreeLeaf::unlink() {
  if (previous_ != nullptr) previous_->next_ = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  previous_ = next_ = nullptr;
}

void TreeLeaf::take_place_of(TreeLeaf& leaf) {
  previous_ = leaf.previous_;
  next_ = leaf.next_;
  leaf.previous_ = leaf.next_ = nullptr;
  if (previous_ != nullptr) previous_->next_ = this;
  if (next_ != nullptr) next_->previous_ = this;
}

}  // namespace sluice::store
