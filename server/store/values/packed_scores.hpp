#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "server/base/number_text.hpp"
#include "server/store/values/listpack_view.hpp"
#include "server/store/values/packed_element.hpp"
#include "server/store/values/score_bounds.hpp"

namespace sluice::store {

// A member of a sorted set and its score. A view, valid as long as the set is not changed.
struct ScoredElement {
  PackedElement member;
  double score;
};

// The score that an element of a listpack stands for.
double score_of(const PackedElement& element);

// A score as Redis keeps it in a listpack: as an integer if it is one between -2^62 and 2^62 (and -0 as 0), otherwise
// as the shortest text that reads back.
class PackedScore {
 public:
  explicit PackedScore(double score) : text_(pack(score)) {}
  PackedScore(const PackedScore&) = delete;
  PackedScore& operator=(const PackedScore&) = delete;
  ~PackedScore() = default;
  const PackedText& text() const { return text_; }

 private:
  PackedText pack(double score);

  std::array<char, base::real_text_bytes_max> bytes_;
  PackedText text_;
};

// A small sorted set, read: member and score in turns, in the order of (score, member), in a listpack. All look-ups
// take O(bytes).
class PackedScores {
 public:
  struct Place {
    std::size_t offset;  // of the member, as Listpack wants it
    double score;
  };

  explicit PackedScores(ListpackView pairs) : pairs_(pairs) {}
  // Whether `bytes` are such a listpack, with members that are different and in order; total. Costs O(n log n).
  static bool is_valid(std::string_view bytes);

  ListpackView listpack() const { return pairs_; }
  std::size_t size() const { return pairs_.size() / 2; }
  bool empty() const { return pairs_.empty(); }
  ScoredElement at(std::size_t rank) const;
  std::optional<Place> find(std::string_view member) const;
  std::size_t rank_at(std::size_t offset) const;  // of a member
  // Where a member with this score belongs, which must not be there with this score.
  std::size_t offset_for(double score, std::string_view member) const;
  // Where the pair of a rank begins, or all of them end.
  std::size_t offset_of(std::size_t rank) const { return pairs_.offset_of(pairs_.at(2 * rank)); }

  // As those of CountedTree.
  std::size_t rank_of_first(const ScoreBound& bound) const;
  std::size_t rank_behind_last(const ScoreBound& bound) const;
  std::size_t rank_of_first(const LexBound& bound) const;
  std::size_t rank_behind_last(const LexBound& bound) const;

  // Calls visitor(ScoredElement) for all, in order.
  template <class Visitor>
  void for_each(const Visitor& visitor) const {
    for (auto element = pairs_.begin(); element != pairs_.end();) {
      const PackedElement member = element.take();
      visitor(ScoredElement{member, score_of(element.take())});
    }
  }

 private:
  ListpackView pairs_;
};

}  // namespace sluice::store
