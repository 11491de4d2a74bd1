#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "server/base/hash.hpp"
#include "server/base/random.hpp"
#include "server/store/table/prefetch.hpp"
#include "server/store/types.hpp"
#include "server/store/values/listpack.hpp"
#include "server/store/values/packed_scores.hpp"
#include "server/store/values/score_bounds.hpp"
#include "server/store/values/sorted_set_object.hpp"

namespace sluice::store {

// Up to which size a sorted set is packed, and the hasher by which large ones find their members.
struct SortedSetLimits {
  base::KeyHasher hasher;
  std::size_t count_max = 128;
  std::size_t member_bytes_max = 64;

  bool allow(std::size_t count, std::size_t member_bytes) const {
    return count <= count_max && member_bytes <= member_bytes_max;
  }
};

// A sorted set, read: a listpack of pairs while it is small, a table and a tree when it is not. Valid until the set is
// changed.
//
// Ranks count from 0, the lowest score first; where scores are equal, the bytes of the members decide. With a listpack
// all look-ups take O(bytes), otherwise O(log n).
class SortedSetView {
 public:
  using Element = ScoredElement;
  class Walk;

  struct Ranked {
    std::size_t rank;
    double score;
  };

  explicit SortedSetView(PackedView packed) : packed_(ListpackView(packed.start)) {}
  explicit SortedSetView(const SortedSetObject& object) : packed_(ListpackView(nullptr)), object_(&object) {}

  bool is_packed() const { return object_ == nullptr; }
  const PackedScores& packed() const { return packed_; }      // requires is_packed()
  const SortedSetObject& object() const { return *object_; }  // requires !is_packed()
  std::size_t size() const { return is_packed() ? packed_.size() : object_->size(); }
  bool empty() const { return is_packed() ? packed_.empty() : object_->empty(); }

  std::optional<double> score_of(std::string_view member) const;
  std::optional<Ranked> rank_of(std::string_view member) const;
  Element at(std::size_t rank) const;  // there must be one
  // The members from one bound to another; empty if there is none.
  RankRange ranks_between(const ScoreBound& lowest, const ScoreBound& highest) const;
  // The same where all scores are equal. If they are not, the result is some range.
  RankRange ranks_between(const LexBound& lowest, const LexBound& highest) const;
  // Each with the same chance. There must be one.
  Element random(base::Random& random) const { return at(random.below(size())); }
  // Calls visitor(Element) for about `count` members from `cursor` on, for all of a listpack; returns the cursor that
  // continues, 0 at the end. See Keyspace::scan.
  template <class Visitor>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, const Visitor& visitor) const;

 private:
  PackedScores packed_;
  const SortedSetObject* object_ = nullptr;  // null: all is in packed_
};

// The value of a key of type sorted set while it is made or changed; an entry keeps its listpack, or a pointer to its
// object (see Entry).
//
// A set that has become large stays so; one that is made as a whole (SortedSetBuilder) is large or not by its size, as
// in Redis. Where there is no memory, whatever adds or changes throws std::bad_alloc and has changed nothing.
class SortedSet {
 public:
  static constexpr Type type = Type::sorted_set;
  using Object = SortedSetObject;
  using View = SortedSetView;
  using Element = SortedSetView::Element;
  using Walk = SortedSetView::Walk;

  // The outcome of looking a member up. Good until the set is changed.
  class Found {
   public:
    explicit operator bool() const { return is_there_; }
    double score() const { return score_; }  // requires that it is there

   private:
    friend class SortedSet;
    std::string_view member_;
    std::uint64_t hash_ = 0;          // of a large set
    ScoredMember* scored_ = nullptr;  // of a large set; null: absent
    std::size_t offset_ = 0;          // of a packed set
    bool is_there_ = false;
    double score_ = 0;
  };

  SortedSet() = default;
  SortedSet(PackedForm /*form*/, const PackedParts& packed) : packed_(packed) {}
  explicit SortedSet(Listpack packed) : packed_(std::move(packed)) {}
  explicit SortedSet(std::unique_ptr<SortedSetObject> object) : object_(std::move(object)) {}
  SortedSet(SortedSet&&) noexcept = default;
  SortedSet& operator=(SortedSet&&) noexcept = default;
  ~SortedSet() = default;

  SortedSetView view() const { return is_packed() ? SortedSetView(packed()) : SortedSetView(*object_); }
  operator SortedSetView() const { return view(); }

  bool is_packed() const { return object_ == nullptr; }
  std::size_t size() const { return view().size(); }
  bool empty() const { return view().empty(); }
  // Of what it holds outside of itself.
  std::size_t memory_bytes() const { return is_packed() ? packed_.memory_bytes() : object_->memory_bytes(); }

  // Requires is_packed(), or the opposite. Taking leaves an empty set.
  PackedView packed() const { return {PackedForm::listpack, packed_.view().data()}; }
  PackedParts release_packed() { return packed_.release(); }
  std::unique_ptr<SortedSetObject> take_object() { return std::move(object_); }
  const Object* object() const { return object_.get(); }  // null if it is packed

  // Prepares for `count` members to come of at most `member_bytes` bytes each. The set is large afterwards if it would
  // be with them.
  void expect(std::size_t count, std::size_t member_bytes, const SortedSetLimits& limits);

  Found find(std::string_view member);  // `member` has to stay until the outcome is used
  // Adds the member that was looked up, or gives it this score, which must not be NaN. A score that equals the old one
  // (as 0 and -0 do) changes nothing; whether anything has changed.
  bool put(const Found& found, double score, const SortedSetLimits& limits);
  // The member must be there.
  void erase(const Found& found);
  bool erase(std::string_view member);  // whether it was there
  // Removes `count` members from rank `first` on, which must exist.
  void erase_ranks(std::size_t first, std::size_t count);

 private:
  void unpack(base::KeyHasher hasher) {
    become(std::make_unique<SortedSetObject>(hasher, PackedScores(packed_.view())));
  }
  void become(std::unique_ptr<SortedSetObject> object) {
    object_ = std::move(object);
    packed_ = Listpack();
  }
  void put_large(const Found& found, double score);
  void add_packed(std::string_view member, double score);
  void set_packed_score(const Found& found, double score);

  Listpack packed_;                          // empty when there is an object
  std::unique_ptr<SortedSetObject> object_;  // null: all is in packed_
};

// Goes through some of a sorted set from one of its ends, which must not change meanwhile.
class SortedSetView::Walk {
 public:
  // Leaves the first `skip` members, seen from `from`, out, and ends after `count_max`.
  explicit Walk(const SortedSetView& set, Side from = Side::head, std::size_t skip = 0,
                std::size_t count_max = static_cast<std::size_t>(-1));

  bool done() const { return left_ == 0; }
  std::size_t left() const { return left_; }
  Element take();  // requires !done()

 private:
  Element take_packed();
  void look_ahead();

  Side from_;
  std::size_t left_ = 0;
  ListpackView::Iterator packed_;  // of a packed set
  // Of a large set: the next member, and the one whose memory is asked for next.
  CountedTree::Iterator next_;
  CountedTree::Iterator ahead_;
  std::size_t ahead_left_ = 0;
  bool is_packed_;
};

inline void SortedSetView::Walk::look_ahead() {
  if (ahead_left_ == 0) return;
  prefetch_line(&*ahead_);
  // A step beyond the last may lead out of the tree.
  if (--ahead_left_ > 0) from_ == Side::head ? ++ahead_ : --ahead_;
}

inline SortedSetView::Element SortedSetView::Walk::take() {
  --left_;
  if (is_packed_) return take_packed();
  const ScoredMember& member = *next_;
  if (left_ > 0) from_ == Side::head ? ++next_ : --next_;
  look_ahead();
  return {PackedElement(member.key()), member.score()};
}

template <class Visitor>
std::uint64_t SortedSetView::scan(std::uint64_t cursor, std::size_t count, const Visitor& visitor) const {
  if (is_packed()) {
    packed_.for_each(visitor);
    return 0;
  }
  return object_->scan(cursor, count, [&visitor](const ScoredMember& member) {
    visitor(Element{PackedElement(member.key()), member.score()});
  });
}

}  // namespace sluice::store
