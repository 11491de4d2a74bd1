#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/hash.hpp"
#include "server/store/types.hpp"
#include "server/store/values/sorted_set.hpp"
#include "server/store/values/sorted_set_object.hpp"

namespace sluice::store {

// Puts a sorted set together as a whole, from members that come in any order, and perhaps again with another score: for
// unions and the like, and for loading. Putting n members in order once, at the end, costs a fraction of what adding
// them to a sorted set does.
class SortedSetBuilder {
 public:
  explicit SortedSetBuilder(base::KeyHasher hasher) : hasher_(hasher), members_(hasher) {}
  SortedSetBuilder(const SortedSetBuilder&) = delete;
  SortedSetBuilder& operator=(const SortedSetBuilder&) = delete;
  ~SortedSetBuilder() = default;

  std::size_t size() const { return members_.size(); }
  bool empty() const { return size() == 0; }
  base::KeyHasher hasher() const { return hasher_; }
  Key key_of(std::string_view member) const { return {member, hasher_(member)}; }

  // Prepares for so many members, before the first.
  void expect(std::size_t count);
  // As HashTable::prefetch().
  void prefetch(std::span<const std::uint64_t> hashes) const { members_.prefetch(hashes); }

  // Null when it was not added yet. The score may be changed.
  ScoredMember* find(const Key& key) { return members_.find(key); }
  ScoredMember& add(const Key& key, double score);  // there must be no such member yet
  // Finds or makes the member, and whether it was made, with this score then.
  std::pair<ScoredMember&, bool> create(const Key& key, double score);

  // All members in order. Good until the next change.
  std::span<const ScoredMember* const> sorted();

  // The set, packed if the limits allow that. Leaves nothing here.
  SortedSet finish(const SortedSetLimits& limits);

 private:
  Listpack pack();

  base::KeyHasher hasher_;
  SortedSetObject::Table members_;
  std::vector<const ScoredMember*> in_order_;  // as they were added, until they are sorted
  std::size_t expected_ = 0;
  std::size_t member_bytes_ = 0;   // occupied by the members
  std::size_t longest_bytes_ = 0;  // of the longest member
  std::size_t text_bytes_ = 0;     // of all members
};

}  // namespace sluice::store
