#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "server/store/keyspace/keyspace.hpp"
#include "server/store/table/prefetch.hpp"
#include "server/store/types.hpp"
#include "server/store/values/hash.hpp"
#include "server/store/values/set.hpp"
#include "server/store/values/sorted_set.hpp"

// Prefetching for commands on elements of large collections.
namespace sluice::store {

namespace {

struct LargeCollection {
  const void* object = nullptr;  // null: none that has a table of elements
  Type type = Type::string;
};

LargeCollection collection_of(const Entry* entry) {
  if (entry == nullptr) return {};
  const Type type = entry->type();
  if (type != Type::hash && type != Type::set && type != Type::sorted_set) return {};
  return {entry->object(), type};
}

struct Target {
  LargeCollection collection;
  std::uint64_t element_hash;
};

// Calls step(table, hash) for every target.
template <class Step>
void for_all(std::span<const Target> targets, const Step& step) {
  for (const auto& [collection, hash] : targets) {
    if (collection.type == Type::hash) {
      step(*static_cast<const Hash::Object*>(collection.object), hash);
    } else if (collection.type == Type::set) {
      step(*static_cast<const Set::Object*>(collection.object), hash);
    } else {
      step(*static_cast<const SortedSet::Object*>(collection.object), hash);
    }
  }
}

}  // namespace

// As HashTable::prefetch(): each step of the way is taken for all elements.
void Keyspace::prefetch_elements(std::span<const ElementPlace> places) const {
  std::array<Target, prefetch_count_max> targets;
  std::size_t count = 0;
  std::uint64_t last_key_hash = 0;
  LargeCollection last;
  for (const auto& [key_hash, element] : places.first(std::min(places.size(), prefetch_count_max))) {
    // Commands on one key, one behind the other, find it once.
    if (&element == &places.front().element || key_hash != last_key_hash) last = collection_of(table_.guess(key_hash));
    last_key_hash = key_hash;
    if (last.object == nullptr) continue;
    prefetch_line(last.object);
    targets[count++] = {last, hasher_(element)};
  }
  const auto found = std::span<const Target>(targets).first(count);
  for_all(found, [](const auto& table, std::uint64_t hash) { table.prefetch_segment(hash); });
  for_all(found, [](const auto& table, std::uint64_t hash) { table.prefetch_bucket(hash); });
  for_all(found, [](const auto& table, std::uint64_t hash) { table.prefetch_node(hash); });
}

}  // namespace sluice::store
