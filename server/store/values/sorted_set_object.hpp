#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/base/hash.hpp"
#include "server/store/table/hash_table.hpp"
#include "server/store/types.hpp"
#include "server/store/values/counted_tree.hpp"
#include "server/store/values/packed_scores.hpp"
#include "server/store/values/scored_member.hpp"

namespace sluice::store {

// A large sorted set: a table of the members, which owns them, and a tree that has them in order. Members are added,
// changed and removed through both at once.
//
// Where there is no memory, whatever adds or changes throws std::bad_alloc and has changed nothing; removing never
// fails.
class SortedSetObject {
 public:
  using Table = HashTable<ScoredMember, base::KeyHasher, ScoredMember::Deleter>;

  explicit SortedSetObject(base::KeyHasher hasher) : hasher_(hasher), members_(hasher) {}
  SortedSetObject(base::KeyHasher hasher, const PackedScores& pairs);
  // Takes over `members`, which are `in_order`, and of `member_bytes` together; leaves both as they are if
  // std::bad_alloc is thrown.
  SortedSetObject(base::KeyHasher hasher, Table& members, std::span<const ScoredMember* const> in_order,
                  std::size_t member_bytes);
  SortedSetObject(const SortedSetObject& other);
  SortedSetObject& operator=(const SortedSetObject&) = delete;
  ~SortedSetObject() = default;

  std::size_t size() const { return order_.size(); }
  bool empty() const { return order_.empty(); }
  std::size_t memory_bytes() const;
  std::size_t piece_count() const { return size() + order_.piece_count(); }  // about how many there are to be freed

  Key key_of(std::string_view member) const { return {member, hasher_(member)}; }
  // Null when there is none. A member is valid until it is changed or removed.
  ScoredMember* find(const Key& key) { return members_.find(key); }
  const ScoredMember* find(const Key& key) const { return members_.find(key); }
  const CountedTree& order() const { return order_; }

  void add(const Key& key, double score);  // there must be no such member yet
  // `member` is one of the set, with this hash.
  void set_score(std::uint64_t hash, ScoredMember& member, double score);
  void erase(std::uint64_t hash, const ScoredMember& member) noexcept;
  // Removes `count` members from rank `first` on, all of which must exist. O(count)
  void erase_ranks(std::size_t first, std::size_t count) noexcept;

  // As HashTable::scan().
  template <class Visitor>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, const Visitor& visitor) const {
    return members_.scan(cursor, count, visitor);
  }

  // As of HashTable.
  void prefetch(std::span<const std::uint64_t> hashes) const { members_.prefetch(hashes); }
  void prefetch_segment(std::uint64_t hash) const { members_.prefetch_segment(hash); }
  void prefetch_bucket(std::uint64_t hash) const { members_.prefetch_bucket(hash); }
  void prefetch_node(std::uint64_t hash) const { members_.prefetch_node(hash); }

 private:
  base::KeyHasher hasher_;
  Table members_;
  CountedTree order_;
  std::size_t member_bytes_ = 0;
};

extern template class HashTable<ScoredMember, base::KeyHasher, ScoredMember::Deleter>;

}  // namespace sluice::store
