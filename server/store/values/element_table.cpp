#include "server/store/values/element_table.hpp"

#include <algorithm>
#include <utility>

namespace sluice::store {

template <bool has_value>
ElementTable<has_value>::ElementTable(const ElementTable& other) : ElementTable(other.hasher_) {
  reserve(other.size());
  other.for_each([this](const Node& node) {
    if constexpr (has_value) {
      insert(key_of(node.key()), node.value(), node.time_ms());
    } else {
      insert(key_of(node.key()), {}, node.time_ms());
    }
  });
}

template <bool has_value>
std::size_t ElementTable<has_value>::memory_bytes() const {
  const std::size_t times_bytes = has_times() ? base::allocation_size(sizeof(Times)) + times_->index.memory_bytes() : 0;
  return base::allocation_size(sizeof(*this)) + table_.memory_bytes() + element_bytes_ + times_bytes;
}

template <bool has_value>
void ElementTable<has_value>::insert(const Key& key, std::string_view value, std::optional<std::int64_t> time_ms) {
  auto fresh = Node::create(key.bytes, value, time_ms);
  auto reserved = reserve_time(time_ms.has_value());
  const Node& node = table_.insert(key.hash, std::move(fresh));
  element_bytes_ += node.memory_bytes();
  enter_time(node, std::move(reserved));
}

template <bool has_value>
void ElementTable<has_value>::assign(std::uint64_t hash, Node& node, std::string_view value,
                                     std::optional<std::int64_t> time_ms)
  requires has_value
{
  const std::optional<std::int64_t> old_time_ms = node.time_ms();
  auto reserved = reserve_time(time_ms.has_value());
  if (node.assign_in_place(value, time_ms)) {
    drop_time(&node, old_time_ms);
    return enter_time(node, std::move(reserved));
  }
  auto fresh = Node::create(node.key(), value, time_ms);
  element_bytes_ += fresh->memory_bytes() - node.memory_bytes();
  drop_time(&node, old_time_ms);
  const Node& present = *fresh;
  table_.replace(hash, node, std::move(fresh));
  enter_time(present, std::move(reserved));
}

template <bool has_value>
void ElementTable<has_value>::set_time(std::uint64_t hash, Node& node, std::optional<std::int64_t> time_ms) {
  const std::optional<std::int64_t> old_time_ms = node.time_ms();
  if (time_ms == old_time_ms) return;
  auto reserved = reserve_time(time_ms.has_value());
  if (node.set_time_in_place(time_ms)) {
    drop_time(&node, old_time_ms);
    return enter_time(node, std::move(reserved));
  }
  typename Node::Owned fresh;
  if constexpr (has_value) {
    fresh = Node::create(node.key(), node.value(), time_ms);
  } else {
    fresh = Node::create(node.key(), {}, time_ms);
  }
  element_bytes_ += fresh->memory_bytes() - node.memory_bytes();
  drop_time(&node, old_time_ms);
  const Node& present = *fresh;
  table_.replace(hash, node, std::move(fresh));
  enter_time(present, std::move(reserved));
}

template <bool has_value>
void ElementTable<has_value>::erase(std::uint64_t hash, const Node& node) {
  element_bytes_ -= node.memory_bytes();
  drop_time(&node, node.time_ms());
  table_.erase(hash, node);
  trim_times();
}

// --- Times

// Finds the memory that enter_time() needs, before the first change. The result is for that call, and is simply dropped
// if another step fails.
template <bool has_value>
auto ElementTable<has_value>::reserve_time(bool is_needed) -> std::unique_ptr<Times> {
  if (!is_needed) return nullptr;
  std::unique_ptr<Times> fresh;
  if (times_ == nullptr) fresh = std::make_unique<Times>();
  (fresh != nullptr ? fresh : times_)->index.reserve();
  return fresh;
}

// The last step of every change.
template <bool has_value>
void ElementTable<has_value>::enter_time(const Node& node, std::unique_ptr<Times> reserved) {
  if (const std::optional<std::int64_t> time_ms = node.time_ms()) {
    if (reserved != nullptr) times_ = std::move(reserved);
    times_->first_ms = times_->index.size() == 0 ? *time_ms : std::min(times_->first_ms, *time_ms);
    times_->index.insert(node);
  }
  trim_times();
}

// For a node that had this time; it may have another one already, or be about to go.
template <bool has_value>
void ElementTable<has_value>::drop_time(const Node* node, std::optional<std::int64_t> time_ms) {
  if (!time_ms) return;
  times_->index.erase(node, *time_ms);
  if (*time_ms == times_->first_ms) times_->first_ms = times_->index.first_expiry_ms().value_or(0);
}

template <bool has_value>
void ElementTable<has_value>::trim_times() {
  // So few are not worth memory for the next one.
  constexpr std::size_t few = 16;
  if (times_ == nullptr) return;
  times_->index.trim(few);
  if (times_->index.size() == 0) times_.reset();
}

template class HashTable<Element<false>, base::KeyHasher, ElementDeleter>;
template class HashTable<Element<true>, base::KeyHasher, ElementDeleter>;
template class ElementTable<false>;
template class ElementTable<true>;

}  // namespace sluice::store
