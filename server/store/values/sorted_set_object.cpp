#include "server/store/values/sorted_set_object.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "server/base/memory.hpp"

namespace sluice::store {

template class HashTable<ScoredMember, base::KeyHasher, ScoredMember::Deleter>;

SortedSetObject::SortedSetObject(base::KeyHasher hasher, const PackedScores& pairs) : SortedSetObject(hasher) {
  std::vector<const ScoredMember*> in_order;
  in_order.reserve(pairs.size() + 1);
  pairs.for_each([&](const ScoredElement& pair) {
    const ElementText member(pair.member);
    in_order.push_back(&members_.insert(hasher_(member.bytes()), ScoredMember::create(member.bytes(), pair.score)));
    member_bytes_ += in_order.back()->memory_bytes();
  });
  order_ = CountedTree(in_order);
}

SortedSetObject::SortedSetObject(base::KeyHasher hasher, Table& members, std::span<const ScoredMember* const> in_order,
                                 std::size_t member_bytes)
    : hasher_(hasher), members_(hasher), order_(in_order), member_bytes_(member_bytes) {
  members_.swap(members);
}

SortedSetObject::SortedSetObject(const SortedSetObject& other) : SortedSetObject(other.hasher_) {
  members_.reserve(other.size());
  std::vector<const ScoredMember*> in_order;
  in_order.reserve(other.size());
  auto member = other.order_.at(0);
  for (std::size_t left = other.size(); left > 0; --left, ++member) {
    const std::string_view bytes = member->key();
    in_order.push_back(&members_.insert(hasher_(bytes), ScoredMember::create(bytes, member->score())));
  }
  order_ = CountedTree(in_order);
  member_bytes_ = other.member_bytes_;
}

std::size_t SortedSetObject::memory_bytes() const {
  return base::allocation_size(sizeof(*this)) + members_.memory_bytes() + order_.memory_bytes() + member_bytes_;
}

void SortedSetObject::add(const Key& key, double score) {
  ScoredMember::Owned fresh = ScoredMember::create(key.bytes, score);
  const std::size_t bytes = fresh->memory_bytes();
  members_.prepare_insert(key.hash);
  order_.insert(*fresh);
  members_.insert(key.hash, std::move(fresh));
  member_bytes_ += bytes;
}

// A member whose place is in another leaf is made anew, so that the old one can stay in the tree until nothing can fail
// any more.
void SortedSetObject::set_score(std::uint64_t hash, ScoredMember& member, double score) {
  if (order_.move_within_leaf(member, score)) return;
  ScoredMember::Owned fresh = ScoredMember::create(member.key(), score);
  order_.insert(*fresh);
  order_.erase(member);
  members_.replace(hash, member, std::move(fresh));
}

void SortedSetObject::erase(std::uint64_t hash, const ScoredMember& member) noexcept {
  order_.erase(member);
  member_bytes_ -= member.memory_bytes();
  members_.erase(hash, member);
}

void SortedSetObject::erase_ranks(std::size_t first, std::size_t count) noexcept {
  constexpr std::size_t step = Table::prefetch_count_max;
  std::array<const ScoredMember*, step> erased;
  std::array<std::uint64_t, step> hashes;
  while (count > 0) {
    const std::size_t erased_count = order_.erase_some(first, std::span(erased).first(std::min(count, step)));
    count -= erased_count;
    for (std::size_t number = 0; number < erased_count; ++number) prefetch_line(erased[number]);
    for (std::size_t number = 0; number < erased_count; ++number) hashes[number] = hasher_(erased[number]->key());
    members_.prefetch(std::span(hashes).first(erased_count));
    for (std::size_t number = 0; number < erased_count; ++number) {
      member_bytes_ -= erased[number]->memory_bytes();
      members_.erase(hashes[number], *erased[number]);
    }
  }
}

}  // namespace sluice::store
