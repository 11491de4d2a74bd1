#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <unordered_set>

#include "server/base/random.hpp"
#include "server/store/types.hpp"
#include "server/store/values/element_table.hpp"

namespace sluice::store {

// A table of elements, read, as if the elements whose time has come were not there: those with a time ≤ the moment that
// hide_until() was told. Without that call all are there. Valid until the table is changed.
template <bool has_value>
class ElementView {
 public:
  using Table = ElementTable<has_value>;
  using Node = Element<has_value>;

  explicit ElementView(const Table& table) : table_(&table) {}
  void hide_until(std::int64_t now_ms) {
    if (table_->has_times() && *table_->first_expiry_ms() <= now_ms) hidden_until_ms_ = now_ms;
  }

  const Table& table() const { return *table_; }
  // O(1) unless elements are hidden.
  std::size_t visible_size() const {
    if (!hides_any()) return table_->size();
    std::size_t count = 0;
    for_each([&count](const Node&) { ++count; });
    return count;
  }

  const Node* find(std::string_view key) const { return find(table_->key_of(key)); }
  const Node* find(const Key& key) const {
    const Node* node = table_->find(key);
    return node != nullptr && shows(*node) ? node : nullptr;
  }

  template <class Visitor>
  void for_each(const Visitor& visitor) const {
    table_->for_each([&](const Node& node) {
      if (shows(node)) visitor(node);
    });
  }
  // Until visitor(node) returns false; whether it never did.
  template <class Visitor>
  bool for_each_while(const Visitor& visitor) const {
    return table_->for_each_while([&](const Node& node) { return !shows(node) || visitor(node); });
  }
  template <class Visitor>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, const Visitor& visitor) const {
    return table_->scan(cursor, count, [&](const Node& node) {
      if (shows(node)) visitor(node);
    });
  }

  // A node chosen with nearly equal chances; null when there is none.
  const Node* random(base::Random& random) const;
  // Visits `count` different nodes, or all if there are not so many, chosen with nearly equal chances.
  template <class Visitor>
  void choose(std::size_t count, base::Random& random, const Visitor& visitor) const;

 private:
  bool hides_any() const { return hidden_until_ms_ != std::numeric_limits<std::int64_t>::min(); }
  bool shows(const Node& node) const { return !node.has_expired(hidden_until_ms_); }
  template <class Visitor>
  void choose_in_order(std::size_t count, std::size_t size, base::Random& random, const Visitor& visitor) const;

  const Table* table_;
  std::int64_t hidden_until_ms_ = std::numeric_limits<std::int64_t>::min();
};

template <bool has_value>
auto ElementView<has_value>::random(base::Random& random) const -> const Node* {
  constexpr int tries_max = 64;
  for (int tries = 0; tries < tries_max; ++tries) {
    const Node* node = table_->random_node(random);
    if (node == nullptr || shows(*node)) return node;
  }
  // Hardly any are visible.
  const Node* chosen = nullptr;
  if (const std::size_t size = visible_size(); size > 0) {
    std::size_t skipped = random.below(size);
    for_each_while([&](const Node& node) {
      chosen = &node;
      return skipped-- > 0;
    });
  }
  return chosen;
}

template <bool has_value>
template <class Visitor>
void ElementView<has_value>::choose(std::size_t count, base::Random& random, const Visitor& visitor) const {
  const std::size_t size = visible_size();
  // Drawing one after the other takes long where most are wanted or most are hidden.
  if (count >= size / 4 || size < table_->size() / 4) return choose_in_order(count, size, random, visitor);
  std::unordered_set<const Node*> chosen;
  while (chosen.size() < count) {
    const Node* node = this->random(random);
    if (chosen.insert(node).second) visitor(*node);
  }
}

template <bool has_value>
template <class Visitor>
void ElementView<has_value>::choose_in_order(std::size_t count, std::size_t size, base::Random& random,
                                             const Visitor& visitor) const {
  std::size_t wanted = std::min(count, size);
  std::size_t left = size;
  for_each_while([&](const Node& node) {
    if (wanted == 0) return false;
    if (random.below(left--) < wanted) {
      --wanted;
      visitor(node);
    }
    return true;
  });
}

}  // namespace sluice::store
