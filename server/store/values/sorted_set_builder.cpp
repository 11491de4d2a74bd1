#include "server/store/values/sorted_set_builder.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

#include "server/store/values/packed_scores.hpp"

namespace sluice::store {

void SortedSetBuilder::expect(std::size_t count) {
  members_.reserve(count);
  in_order_.reserve(count);
  expected_ = count;
}

ScoredMember& SortedSetBuilder::add(const Key& key, double score) {
  in_order_.push_back(nullptr);
  try {
    ScoredMember& member = members_.insert(key.hash, ScoredMember::create(key.bytes, score));
    in_order_.back() = &member;
    member_bytes_ += member.memory_bytes();
    longest_bytes_ = std::max(longest_bytes_, key.bytes.size());
    text_bytes_ += key.bytes.size();
    return member;
  } catch (...) {
    in_order_.pop_back();
    throw;
  }
}

std::pair<ScoredMember&, bool> SortedSetBuilder::create(const Key& key, double score) {
  if (ScoredMember* found = find(key)) return {*found, false};
  return {add(key, score), true};
}

std::span<const ScoredMember* const> SortedSetBuilder::sorted() {
  // The scores beside the addresses, so that sorting seldom has to look at a member.
  struct Item {
    std::uint64_t order;
    const ScoredMember* member;
    bool operator<(const Item& other) const {
      return order != other.order ? order < other.order : member->key() < other.member->key();
    }
  };
  std::vector<Item> items;
  items.reserve(in_order_.size());
  for (const ScoredMember* member : in_order_) items.push_back({member->order(), member});
  if (!std::ranges::is_sorted(items, std::less{})) {
    std::ranges::sort(items, std::less{});
    std::ranges::transform(items, in_order_.begin(), &Item::member);
  }
  return in_order_;
}

SortedSet SortedSetBuilder::finish(const SortedSetLimits& limits) {
  // More than any pair of a member and a score has besides the member's bytes.
  constexpr std::size_t pair_bytes_max = 64;
  const bool has_room = Listpack().has_room_for(text_bytes_ + size() * pair_bytes_max);
  SortedSetObject::Table emptied(hasher_);
  if (size() < expected_ / 2) members_.fit();
  sorted();
  SortedSet set = limits.allow(size(), longest_bytes_) && has_room
                      ? SortedSet(pack())
                      : SortedSet(std::make_unique<SortedSetObject>(hasher_, members_, in_order_, member_bytes_));
  members_.swap(emptied);
  in_order_.clear();
  expected_ = member_bytes_ = longest_bytes_ = text_bytes_ = 0;
  return set;
}

Listpack SortedSetBuilder::pack() {
  std::size_t bytes = 0;
  for (const ScoredMember* member : in_order_) {
    bytes += PackedText(member->key()).byte_count() + PackedScore(member->score()).text().byte_count();
  }
  Listpack packed(bytes, Side::tail);
  for (const ScoredMember* member : in_order_) {
    packed.append(PackedText(member->key()));
    packed.append(PackedScore(member->score()).text());
  }
  return packed;
}

}  // namespace sluice::store
