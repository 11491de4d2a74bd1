#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "server/base/hash.hpp"
#include "server/base/memory.hpp"
#include "server/base/random.hpp"
#include "server/store/table/expiry_index.hpp"
#include "server/store/table/hash_table.hpp"
#include "server/store/table/prefetch.hpp"
#include "server/store/types.hpp"
#include "server/store/values/element.hpp"

namespace sluice::store {

// A large set, or with values a large hash: elements by key, and those that have a time in the order of their times
// besides. Elements are changed through the table alone.
//
// Where there is no memory, whatever adds or changes throws std::bad_alloc and has changed nothing; taking a time away
// may need memory as well, erasing never does.
template <bool has_value>
class ElementTable {
 public:
  using Node = Element<has_value>;

  explicit ElementTable(base::KeyHasher hasher) : hasher_(hasher), table_(hasher) {}
  ElementTable(const ElementTable& other);
  ElementTable& operator=(const ElementTable&) = delete;
  ~ElementTable() = default;

  std::size_t size() const { return table_.size(); }
  bool empty() const { return size() == 0; }
  std::size_t memory_bytes() const;                   // O(1)
  std::size_t piece_count() const { return size(); }  // about how many allocations have to be freed

  // As HashTable::reserve().
  void reserve(std::size_t count) { table_.reserve(count); }

  Key key_of(std::string_view bytes) const { return {bytes, hasher_(bytes)}; }
  // Null when there is none. An element is valid until it is changed or erased.
  const Node* find(const Key& key) const { return table_.find(key); }
  Node* find(const Key& key) { return table_.find(key); }

  // There must be no element of this key yet. A set's has an empty value. `value` may view into another element.
  void insert(const Key& key, std::string_view value, std::optional<std::int64_t> time_ms);
  // `node` is an element of the table, with this hash. `value` must not view into it.
  void assign(std::uint64_t hash, Node& node, std::string_view value, std::optional<std::int64_t> time_ms)
    requires has_value;
  void set_time(std::uint64_t hash, Node& node, std::optional<std::int64_t> time_ms);
  void erase(std::uint64_t hash, const Node& node);

  bool has_times() const { return times_ != nullptr; }
  std::optional<std::int64_t> first_expiry_ms() const {
    return has_times() ? std::optional(times_->first_ms) : std::nullopt;
  }
  // As ExpiryIndex::list_due().
  std::size_t list_due(std::int64_t now_ms, std::span<const Node*> out) {
    return has_times() ? times_->index.list_due(now_ms, out) : 0;
  }

  // Erases up to `count_max` elements with a time ≤ now_ms, the earliest first; calls visitor(const Node&) before for
  // each. Returns how many.
  template <class Visitor>
  std::size_t erase_due(std::int64_t now_ms, std::size_t count_max, const Visitor& visitor);

  // A node chosen with nearly equal chances; null when there is none.
  const Node* random_node(base::Random& random) const { return table_.random_node(random); }
  // As HashTable::scan().
  template <class Visitor>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, const Visitor& visitor) const {
    LookAhead<Visitor> ahead(visitor);
    const std::uint64_t next = table_.scan(cursor, count, ahead);
    ahead.finish();
    return next;
  }
  // Calls visitor(const Node&) for every element, in the order of their hashes.
  template <class Visitor>
  void for_each(const Visitor& visitor) const {
    LookAhead<Visitor> ahead(visitor);
    table_.for_each(ahead);
    ahead.finish();
  }
  // The same until visitor() returns false; whether it never did.
  template <class Visitor>
  bool for_each_while(const Visitor& visitor) const;

  void prefetch(std::span<const std::uint64_t> hashes) const { table_.prefetch(hashes); }
  // The steps of that for one hash, in this order, with work on others between them.
  void prefetch_segment(std::uint64_t hash) const { table_.prefetch_segment(hash); }
  void prefetch_bucket(std::uint64_t hash) const { table_.prefetch_bucket(hash); }
  void prefetch_node(std::uint64_t hash) const { table_.prefetch_node(hash); }

 private:
  struct TimeOf {
    std::int64_t operator()(const Node& node) const { return *node.time_ms(); }
  };
  // Of the elements that have one; there is an object only while any has.
  struct Times {
    ExpiryIndex<Node, TimeOf, 16> index;
    std::int64_t first_ms = 0;
  };

  // Passes elements on to a visitor some steps after it has asked for their memory.
  template <class Visitor>
  class LookAhead {
   public:
    explicit LookAhead(const Visitor& visitor) : visitor_(visitor) {}
    void operator()(const Node& node) const {
      prefetch_line(&node);
      const Node*& place = waiting_[count_++ % distance];
      if (count_ > distance) visitor_(*place);
      place = &node;
    }
    void finish() const {
      for (std::size_t number = count_ < distance ? 0 : count_ - distance; number < count_; ++number) {
        visitor_(*waiting_[number % distance]);
      }
    }

   private:
    static constexpr std::size_t distance = 16;

    const Visitor& visitor_;
    mutable std::array<const Node*, distance> waiting_;  // the table's visitors are const
    mutable std::size_t count_ = 0;
  };

  std::unique_ptr<Times> reserve_time(bool is_needed);
  void enter_time(const Node& node, std::unique_ptr<Times> reserved);
  void drop_time(const Node* node, std::optional<std::int64_t> time_ms);
  void trim_times();

  base::KeyHasher hasher_;
  HashTable<Node, base::KeyHasher, ElementDeleter> table_;
  std::unique_ptr<Times> times_;
  std::size_t element_bytes_ = 0;
};

template <bool has_value>
template <class Visitor>
std::size_t ElementTable<has_value>::erase_due(std::int64_t now_ms, std::size_t count_max, const Visitor& visitor) {
  std::array<const Node*, 16> due;
  std::size_t erased = 0;
  while (erased < count_max) {
    const std::size_t count = list_due(now_ms, std::span(due).first(std::min(due.size(), count_max - erased)));
    if (count == 0) break;
    for (const Node* node : std::span(due).first(count)) {
      visitor(*node);
      erase(hasher_(node->key()), *node);
    }
    erased += count;
  }
  return erased;
}

template <bool has_value>
template <class Visitor>
bool ElementTable<has_value>::for_each_while(const Visitor& visitor) const {
  constexpr std::size_t step = 64;
  bool goes_on = true;
  std::uint64_t cursor = 0;
  do {
    cursor = scan(cursor, step, [&](const Node& node) { goes_on = goes_on && visitor(node); });
  } while (goes_on && cursor != 0);
  return goes_on;
}

extern template class HashTable<Element<false>, base::KeyHasher, ElementDeleter>;
extern template class HashTable<Element<true>, base::KeyHasher, ElementDeleter>;
extern template class ElementTable<false>;
extern template class ElementTable<true>;

}  // namespace sluice::store
