#include "server/store/values/sorted_set.hpp"

#include <algorithm>
#include <array>

namespace sluice::store {

namespace {

SortedSetView::Element element_of(const ScoredMember& member) {
  return {PackedElement(member.key()), member.score()};
}

RankRange range_between(std::size_t first, std::size_t end) {
  return {first, std::max(first, end)};
}

}  // namespace

// --- SortedSetView

std::optional<double> SortedSetView::score_of(std::string_view member) const {
  if (is_packed()) {
    const auto place = packed_.find(member);
    return place ? std::optional(place->score) : std::nullopt;
  }
  const ScoredMember* scored = object_->find(object_->key_of(member));
  return scored != nullptr ? std::optional(scored->score()) : std::nullopt;
}

std::optional<SortedSetView::Ranked> SortedSetView::rank_of(std::string_view member) const {
  if (is_packed()) {
    const auto place = packed_.find(member);
    return place ? std::optional(Ranked{packed_.rank_at(place->offset), place->score}) : std::nullopt;
  }
  const ScoredMember* scored = object_->find(object_->key_of(member));
  if (scored == nullptr) return std::nullopt;
  return Ranked{object_->order().rank_of(*scored), scored->score()};
}

SortedSetView::Element SortedSetView::at(std::size_t rank) const {
  return is_packed() ? packed_.at(rank) : element_of(*object_->order().at(rank));
}

RankRange SortedSetView::ranks_between(const ScoreBound& lowest, const ScoreBound& highest) const {
  if (is_packed()) return range_between(packed_.rank_of_first(lowest), packed_.rank_behind_last(highest));
  const CountedTree& order = object_->order();
  return range_between(order.rank_of_first(lowest), order.rank_behind_last(highest));
}

RankRange SortedSetView::ranks_between(const LexBound& lowest, const LexBound& highest) const {
  if (is_packed()) return range_between(packed_.rank_of_first(lowest), packed_.rank_behind_last(highest));
  const CountedTree& order = object_->order();
  return range_between(order.rank_of_first(lowest), order.rank_behind_last(highest));
}

// --- SortedSet

void SortedSet::expect(std::size_t count, std::size_t member_bytes, const SortedSetLimits& limits) {
  if (is_packed() && !limits.allow(size() + count, member_bytes)) unpack(limits.hasher);
}

SortedSet::Found SortedSet::find(std::string_view member) {
  Found found;
  found.member_ = member;
  if (is_packed()) {
    if (const auto place = PackedScores(packed_.view()).find(member)) {
      found.offset_ = place->offset;
      found.is_there_ = true;
      found.score_ = place->score;
    }
    return found;
  }
  const Key key = object_->key_of(member);
  found.hash_ = key.hash;
  found.scored_ = object_->find(key);
  found.is_there_ = found.scored_ != nullptr;
  if (found.is_there_) found.score_ = found.scored_->score();
  return found;
}

bool SortedSet::put(const Found& found, double score, const SortedSetLimits& limits) {
  // More than any pair of a member and a score has besides the member's bytes.
  constexpr std::size_t pair_bytes_max = 64;
  if (found && found.score() == score) return false;
  if (!is_packed()) {
    put_large(found, score);
    return true;
  }
  const bool is_allowed = found || limits.allow(size() + 1, found.member_.size());
  if (is_allowed && packed_.has_room_for(found.member_.size() + pair_bytes_max)) {
    found ? set_packed_score(found, score) : add_packed(found.member_, score);
  } else {
    unpack(limits.hasher);
    put_large(find(found.member_), score);
  }
  return true;
}

void SortedSet::put_large(const Found& found, double score) {
  if (found) {
    object_->set_score(found.hash_, *found.scored_, score);
  } else {
    object_->add({found.member_, found.hash_}, score);
  }
}

void SortedSet::add_packed(std::string_view member, double score) {
  const PackedScore packed_score(score);
  const std::array pair = {PackedText(member), packed_score.text()};
  packed_.insert(PackedScores(packed_.view()).offset_for(score, member), pair);
}

// The pair is added where it belongs before the old one goes, as adding may fail.
void SortedSet::set_packed_score(const Found& found, double score) {
  const std::size_t offset = PackedScores(packed_.view()).offset_for(score, found.member_);
  const auto end_of_pair = [this](std::size_t pair_offset) {
    auto element = packed_.view().at_offset(pair_offset);
    ++element;
    ++element;
    return packed_.view().offset_of(element);
  };
  const std::size_t old_end = end_of_pair(found.offset_);
  if (offset == found.offset_ || offset == old_end) {
    auto packed_score = packed_.view().at_offset(found.offset_);
    ++packed_score;
    return packed_.replace(packed_.view().offset_of(packed_score), PackedScore(score).text());
  }
  const std::size_t bytes_before = packed_.byte_count();
  add_packed(found.member_, score);
  const std::size_t added = packed_.byte_count() - bytes_before;
  const std::size_t moved = offset < found.offset_ ? added : 0;
  packed_.erase(found.offset_ + moved, old_end + moved, 2);
}

void SortedSet::erase(const Found& found) {
  if (!is_packed()) return object_->erase(found.hash_, *found.scored_);
  auto behind = packed_.view().at_offset(found.offset_);
  ++behind;
  ++behind;
  packed_.erase(found.offset_, packed_.view().offset_of(behind), 2);
}

bool SortedSet::erase(std::string_view member) {
  const Found found = find(member);
  if (found) erase(found);
  return static_cast<bool>(found);
}

void SortedSet::erase_ranks(std::size_t first, std::size_t count) {
  if (!is_packed()) return object_->erase_ranks(first, count);
  const PackedScores pairs(packed_.view());
  packed_.erase(pairs.offset_of(first), pairs.offset_of(first + count), 2 * count);
}

// --- Walk

SortedSetView::Walk::Walk(const SortedSetView& set, Side from, std::size_t skip, std::size_t count_max)
    : from_(from), is_packed_(set.is_packed()) {
  constexpr std::size_t distance = 8;
  const std::size_t size = set.size();
  left_ = std::min(size - std::min(skip, size), count_max);
  if (left_ == 0) return;
  if (is_packed_) {
    const ListpackView pairs = set.packed().listpack();
    packed_ = pairs.at(2 * (from == Side::head ? skip : size - skip));
    return;
  }
  next_ = ahead_ = set.object().order().at(from == Side::head ? skip : size - 1 - skip);
  ahead_left_ = left_;
  for (std::size_t number = 0; number < distance; ++number) look_ahead();
}

SortedSetView::Element SortedSetView::Walk::take_packed() {
  if (from_ == Side::head) {
    const PackedElement member = packed_.take();
    return {member, store::score_of(packed_.take())};
  }
  const PackedElement packed_score = *--packed_;
  return {*--packed_, store::score_of(packed_score)};
}

}  // namespace sluice::store
