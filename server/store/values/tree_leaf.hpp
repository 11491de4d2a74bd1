#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "server/store/table/prefetch.hpp"
#include "server/store/values/tree_search.hpp"

namespace sluice::store {

// A leaf of a CountedTree: members in order, and its neighbours. Has as much memory as its size class gives, from 128
// bytes to bytes_max.
//
//   header (32 bytes) | hints (4 bytes each) | addresses of members (6 bytes each)
//
// A hint is the part of a member's order_of() in which the members of this leaf differ, as far as 32 bits hold it: the
// order, without its last shift_ bits, less base_. So the leaf is searched without a look at the members, save those
// whose hint equals that of the place looked for. If shift_ is 0, those have equal scores; otherwise nearly all of them
// have.
class TreeLeaf {
 public:
  struct Deleter {
    void operator()(TreeLeaf* leaf) const { destroy(leaf); }
  };
  using Owned = std::unique_ptr<TreeLeaf, Deleter>;

  static constexpr std::size_t header_bytes = 32;
  static constexpr std::size_t item_bytes = 10;
  static constexpr std::size_t bytes_min = 128;
  static constexpr std::size_t bytes_max = 1024;
  static constexpr std::size_t capacity_max = (bytes_max - header_bytes) / item_bytes;
  // The most members that two leaves have together to become one: so few that the leaf does not have to be divided
  // soon.
  static constexpr std::size_t merged_size_max = capacity_max * 3 / 4;

  // The capacity of the smallest leaf that holds `size` members.
  static std::size_t capacity_for(std::size_t size);
  static Owned create(std::size_t capacity);      // a result of capacity_for()
  static Owned try_create(std::size_t capacity);  // null if there is no memory for it
  TreeLeaf(const TreeLeaf&) = delete;
  TreeLeaf& operator=(const TreeLeaf&) = delete;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t capacity() const { return capacity_; }
  bool is_full() const { return size_ == capacity_; }
  bool is_sparse() const { return size_ <= capacity_max / 4; }
  std::size_t memory_bytes() const;

  const ScoredMember* member(std::size_t index) const {
    // In two parts, put together in a register: six bytes copied to memory would be waited for when read as eight.
    std::uint32_t low = 0;
    std::uint16_t high = 0;
    const char* const from = addresses() + index * address_bytes;
    std::memcpy(&low, from, sizeof(low));
    std::memcpy(&high, from + sizeof(low), sizeof(high));
    const std::uint64_t address = std::uint64_t{high} << 32 | low;
    return reinterpret_cast<const ScoredMember*>(address);
  }
  // order_of() the score of a member.
  std::uint64_t order(std::size_t index) const { return shift_ == 0 ? base_ + hints()[index] : member(index)->order(); }

  // Asks for the memory that a search of a leaf may read, all of it at once.
  static void prefetch_hints(const void* leaf) {
    constexpr std::size_t line_bytes = 64;
    for (std::size_t offset = 0; offset < header_bytes + capacity_max * sizeof(std::uint32_t); offset += line_bytes) {
      prefetch_line(static_cast<const char*>(leaf) + offset);
    }
  }
  // How many members lie before the place looked for.
  template <class Search>
  std::size_t locate(const Search& search) const;

  // The leaf must not be full.
  void insert(std::size_t index, std::uint64_t order, const ScoredMember& member);
  void erase(std::size_t index, std::size_t count);
  // Adds `count` members of another leaf, from `first` on, which must all come behind those here, and have room.
  void append(const TreeLeaf& other, std::size_t first, std::size_t count);
  void append(const TreeLeaf& other) { append(other, 0, other.size()); }
  // Fills an empty leaf with `members`, which must be in order.
  void assign(std::span<const ScoredMember* const> members);
  // Makes the hints as exact as they can be, if they are not and it matters. Reads the members.
  void sharpen() {
    if (is_worth_sharpening()) make_hints();
  }

  // The leaves of a tree are chained in order.
  TreeLeaf* previous() const { return previous_; }
  TreeLeaf* next() const { return next_; }
  void link_behind(TreeLeaf& leaf);
  void link_before(TreeLeaf& leaf);
  void unlink();
  void take_place_of(TreeLeaf& leaf);

 private:
  static constexpr std::size_t address_bytes = 6;
  static constexpr std::uint64_t hint_max = UINT32_MAX;

  explicit TreeLeaf(std::size_t capacity) : capacity_(static_cast<std::uint16_t>(capacity)) {}
  ~TreeLeaf() = default;
  static void destroy(TreeLeaf* leaf);

  char* body() { return reinterpret_cast<char*>(this) + header_bytes; }
  const char* body() const { return reinterpret_cast<const char*>(this) + header_bytes; }
  std::uint32_t* hints() { return reinterpret_cast<std::uint32_t*>(body()); }
  const std::uint32_t* hints() const { return reinterpret_cast<const std::uint32_t*>(body()); }
  char* addresses() { return body() + capacity_ * sizeof(std::uint32_t); }
  const char* addresses() const { return body() + capacity_ * sizeof(std::uint32_t); }
  void set_address(std::size_t index, const ScoredMember* member) {
    const auto address = reinterpret_cast<std::uintptr_t>(member);
    std::memcpy(addresses() + index * address_bytes, &address, address_bytes);
  }

  bool covers(std::uint64_t order) const {
    const std::uint64_t shifted = order >> shift_;
    return shifted >= base_ && shifted - base_ <= hint_max;
  }
  std::uint32_t hint(std::uint64_t order) const { return static_cast<std::uint32_t>((order >> shift_) - base_); }
  std::uint64_t lowest_order() const { return (base_ + hints()[0]) << shift_; }
  std::uint64_t highest_order() const {
    return ((base_ + hints()[size_ - 1U]) << shift_) + ((std::uint64_t{1} << shift_) - 1);
  }
  IndexRange alike(std::uint64_t order) const;
  void widen(std::uint64_t lowest, std::uint64_t highest, unsigned shift_min);
  bool is_worth_sharpening() const;
  void make_hints();

  TreeLeaf* previous_ = nullptr;
  TreeLeaf* next_ = nullptr;
  std::uint64_t base_ = 0;
  std::uint16_t size_ = 0;
  std::uint16_t capacity_;
  std::uint8_t shift_ = 0;
};

static_assert(sizeof(TreeLeaf) == TreeLeaf::header_bytes);

template <class Search>
std::size_t TreeLeaf::locate(const Search& search) const {
  IndexRange range{0, size_};
  if constexpr (Search::goes_by_score) range = alike(search.order);
  return partition_point(range.first, range.end,
                         [&](std::size_t index) { return search.passes(order(index), *member(index)); });
}

}  // namespace sluice::store
