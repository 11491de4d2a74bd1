#include "server/store/values/counted_tree.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "server/base/random.hpp"
#include "tests/support/failing_allocations.hpp"

namespace sluice::store {
namespace {

using sluice::tests::FailingAllocations;

constexpr double infinity = std::numeric_limits<double>::infinity();

struct InOrder {
  bool operator()(const ScoredMember* left, const ScoredMember* right) const {
    if (left->score() != right->score()) return left->score() < right->score();
    return left->key() < right->key();
  }
};
using Model = std::set<ScoredMember*, InOrder>;

// Kinds of scores: what leaves have to find hints for.
enum class Scores { small_integers, unit, spread, alike, times, extremes };
constexpr std::array all_scores = {Scores::small_integers, Scores::unit,  Scores::spread,
                                   Scores::alike,          Scores::times, Scores::extremes};

double some_score(Scores scores, base::Random& random) {
  const auto unit = [&] { return static_cast<double>(random.next() >> 11) / 9007199254740992.0; };
  switch (scores) {
    case Scores::small_integers:
      return static_cast<double>(random.below(50)) - 25;
    case Scores::unit:
      return unit();
    case Scores::spread:  // over all magnitudes, both signs
      return (random.below(2) == 0 ? 1 : -1) * std::ldexp(unit(), static_cast<int>(random.below(2000)) - 1000);
    case Scores::alike:
      return 7;
    case Scores::times:
      return 1.7e12 + static_cast<double>(random.below(86'400'000));
    case Scores::extremes: {
      const std::array<double, 8> values = {
          -infinity, infinity, 0.0, -0.0, 1.0, std::nextafter(1.0, 2.0), 5e-324, std::numeric_limits<double>::max()};
      return random.below(4) == 0 ? values[random.below(values.size())] : 1.7e12 + unit();
    }
  }
  return 0;
}

class TreeBesideModel {
 public:
  TreeBesideModel(std::uint64_t seed, Scores scores) : random_(seed), scores_(scores) {}
  ~TreeBesideModel() {
    for (ScoredMember* member : model_) ScoredMember::Deleter{}(member);
  }

  CountedTree& tree() { return tree_; }
  Model& model() { return model_; }
  base::Random& random() { return random_; }

  ScoredMember::Owned make() {
    return ScoredMember::create(std::to_string(next_++ * 7919 % 1'000'003), some_score(scores_, random_));
  }
  void insert() {
    ScoredMember* member = make().release();
    tree_.insert(*member);
    model_.insert(member);
  }
  void erase_one() {
    if (model_.empty()) return;
    ScoredMember* member = some_member();
    tree_.erase(*member);
    drop(member);
  }
  void erase_some() {
    if (model_.empty()) return;
    std::vector<const ScoredMember*> out(1 + random_.below(150));
    const std::size_t first = random_.below(model_.size());
    const std::size_t count = tree_.erase_some(first, out);
    REQUIRE(count > 0);
    auto member = std::next(model_.begin(), static_cast<std::ptrdiff_t>(first));
    for (std::size_t number = 0; number < count; ++number) {
      REQUIRE(*member == out[number]);
      ScoredMember* const erased = *member++;
      drop(erased);
    }
  }
  void move() {
    if (model_.empty()) return;
    ScoredMember* member = some_member();
    const bool is_near = random_.below(2) == 0;
    const double old_score = member->score();
    const double score = is_near ? std::nextafter(old_score, random_.below(2) == 0 ? infinity : -infinity)
                                 : some_score(scores_, random_);
    model_.erase(member);
    if (tree_.move_within_leaf(*member, score)) {
      ++moved_;
      REQUIRE(member->score() == score);
    } else {
      REQUIRE(member->score() == old_score);
    }
    model_.insert(member);
  }
  ScoredMember* some_member() {
    // By the tree, as a set has no ranks.
    const ScoredMember& member = *tree_.at(random_.below(tree_.size()));
    return const_cast<ScoredMember*>(&member);
  }
  void drop(ScoredMember* member) {
    model_.erase(member);
    ScoredMember::Deleter{}(member);
  }
  std::size_t moved() const { return moved_; }

  void check() {
    REQUIRE(tree_.check() == std::nullopt);
    REQUIRE(tree_.size() == model_.size());
    if (model_.empty()) return;
    auto here = tree_.at(0);
    std::size_t rank = 0;
    for (const ScoredMember* member : model_) {
      REQUIRE(&*here == member);
      if (rank % 5 == 0) {
        REQUIRE(tree_.rank_of(*member) == rank);
        REQUIRE(&*tree_.at(rank) == member);
      }
      ++here;
      ++rank;
    }
    for (auto member = model_.rbegin(); member != model_.rend(); ++member) {
      --here;
      REQUIRE(&*here == *member);
    }
  }

  void check_bounds() {
    std::vector<double> scores;
    for (const ScoredMember* member : model_) scores.push_back(member->score());
    std::vector<double> asked = {-infinity, infinity, 0.0, -0.0};
    for (int number = 0; number < 50; ++number) {
      asked.push_back(some_score(scores_, random_));
      if (!scores.empty()) asked.push_back(scores[random_.below(scores.size())]);
    }
    for (const double score : asked) {
      CAPTURE(score);
      const auto below = static_cast<std::size_t>(std::ranges::lower_bound(scores, score) - scores.begin());
      const auto not_above = static_cast<std::size_t>(std::ranges::upper_bound(scores, score) - scores.begin());
      REQUIRE(tree_.rank_of_first(ScoreBound{score, false}) == below);
      REQUIRE(tree_.rank_of_first(ScoreBound{score, true}) == not_above);
      REQUIRE(tree_.rank_behind_last(ScoreBound{score, false}) == not_above);
      REQUIRE(tree_.rank_behind_last(ScoreBound{score, true}) == below);
    }
  }

 private:
  base::Random random_;
  Scores scores_;
  CountedTree tree_;
  Model model_;
  std::uint64_t next_ = 0;
  std::size_t moved_ = 0;
};

TEST_CASE("the tree agrees with a set while it grows, shrinks and changes") {
  for (const Scores scores : all_scores) {
    for (const std::uint64_t seed : {1U, 2U}) {
      CAPTURE(static_cast<int>(scores));
      CAPTURE(seed);
      TreeBesideModel beside(seed, scores);
      constexpr int rounds = 24'000;
      for (int round = 0; round < rounds; ++round) {
        // Growing, then shrinking to nothing, then growing again.
        const std::uint64_t inserts = std::array{75U, 20U, 60U}[static_cast<std::size_t>(round * 3 / rounds)];
        const std::uint64_t choice = beside.random().below(100);
        if (choice < inserts) {
          beside.insert();
        } else if (choice < 85) {
          beside.erase_one();
        } else if (choice == 99 && round > rounds / 3) {
          beside.erase_some();
        } else {
          beside.move();
        }
        if (round % 1500 == 0) beside.check();
        if (round % 4000 == 0) beside.check_bounds();
      }
      beside.check();
      beside.check_bounds();
      CHECK(beside.moved() > 100);
      while (!beside.model().empty()) beside.erase_some();
      beside.check();
    }
  }
}

TEST_CASE("a tree that shrinks to nothing from either end has nothing left") {
  for (const bool from_front : {true, false}) {
    TreeBesideModel beside(3, Scores::unit);
    for (int number = 0; number < 20'000; ++number) beside.insert();
    while (!beside.model().empty()) {
      ScoredMember* member = from_front ? *beside.model().begin() : *beside.model().rbegin();
      beside.tree().erase(*member);
      beside.drop(member);
      if (beside.model().size() % 997 == 0) REQUIRE(beside.tree().check() == std::nullopt);
    }
    CHECK(beside.tree().memory_bytes() == 0);
    CHECK(beside.tree().piece_count() == 0);
  }
}

// A tree of members that are added in this order.
struct Filled {
  explicit Filled(const std::vector<double>& scores) {
    for (const double score : scores) {
      members.push_back(ScoredMember::create(std::to_string(members.size()), score));
      tree.insert(*members.back());
    }
  }
  double bytes_per_item() const { return static_cast<double>(tree.memory_bytes()) / static_cast<double>(tree.size()); }
  CountedTree tree;
  std::vector<ScoredMember::Owned> members;
};

std::vector<double> rising_scores(std::size_t count) {
  std::vector<double> scores;
  for (std::size_t number = 0; number < count; ++number) scores.push_back(static_cast<double>(number));
  return scores;
}

TEST_CASE("an item costs little more than the ten bytes that it has in a leaf") {
  constexpr std::size_t count = 100'000;
  std::vector<double> scores = rising_scores(count);
  SUBCASE("added in rising order") {
    const Filled filled(scores);
    CHECK(filled.tree.check() == std::nullopt);
    CHECK(filled.bytes_per_item() < 10.9);
  }
  SUBCASE("added in falling order") {
    std::ranges::reverse(scores);
    const Filled filled(scores);
    CHECK(filled.tree.check() == std::nullopt);
    CHECK(filled.bytes_per_item() < 11.2);
  }
  SUBCASE("added in no order") {
    base::Random random(17);
    for (std::size_t index = count; index > 1; --index) std::swap(scores[index - 1], scores[random.below(index)]);
    const Filled filled(scores);
    CHECK(filled.tree.check() == std::nullopt);
    CHECK(filled.bytes_per_item() < 12.5);
  }
}

TEST_CASE("a tree that is built from members in order is full") {
  for (const std::size_t count : {0U, 1U, 98U, 99U, 100U, 199U, 5000U, 100'000U}) {
    CAPTURE(count);
    std::vector<ScoredMember::Owned> members;
    std::vector<const ScoredMember*> run;
    for (const double score : rising_scores(count)) {
      members.push_back(ScoredMember::create("m", score));
      run.push_back(members.back().get());
    }
    CountedTree tree(run);
    REQUIRE(tree.check() == std::nullopt);
    REQUIRE(tree.size() == count);
    for (std::size_t rank = 0; rank < count; rank += 37) REQUIRE(&*tree.at(rank) == run[rank]);
    if (count >= 5000) CHECK(static_cast<double>(tree.memory_bytes()) / static_cast<double>(count) < 10.9);
    CountedTree moved(std::move(tree));
    CHECK(moved.size() == count);
    CHECK(moved.check() == std::nullopt);
  }
}

TEST_CASE("members of one score are found by their bytes") {
  std::vector<ScoredMember::Owned> members;
  CountedTree tree;
  std::set<std::string> model;
  base::Random random(9);
  const auto some_text = [&] {
    std::string text;
    for (std::size_t size = random.below(6); size > 0; --size) text += static_cast<char>(126 + random.below(4));
    return text;
  };
  for (int number = 0; number < 3000; ++number) {
    const std::string text = some_text();
    if (!model.insert(text).second) continue;
    members.push_back(ScoredMember::create(text, -1.5));
    tree.insert(*members.back());
  }
  REQUIRE(tree.check() == std::nullopt);
  REQUIRE(tree.size() == model.size());
  using Kind = LexBound::Kind;
  for (int number = 0; number < 1000; ++number) {
    const std::string text = some_text();
    const auto below = static_cast<std::size_t>(std::distance(model.begin(), model.lower_bound(text)));
    const auto not_above = static_cast<std::size_t>(std::distance(model.begin(), model.upper_bound(text)));
    REQUIRE(tree.rank_of_first(LexBound{Kind::inclusive, text}) == below);
    REQUIRE(tree.rank_of_first(LexBound{Kind::exclusive, text}) == not_above);
    REQUIRE(tree.rank_behind_last(LexBound{Kind::inclusive, text}) == not_above);
    REQUIRE(tree.rank_behind_last(LexBound{Kind::exclusive, text}) == below);
  }
  CHECK(tree.rank_of_first(LexBound{Kind::lowest, {}}) == 0);
  CHECK(tree.rank_behind_last(LexBound{Kind::lowest, {}}) == 0);
  CHECK(tree.rank_of_first(LexBound{Kind::highest, {}}) == model.size());
  CHECK(tree.rank_behind_last(LexBound{Kind::highest, {}}) == model.size());
}

TEST_CASE("an insertion for which there is no memory has changed nothing") {
  for (const bool at_end : {false, true}) {
    TreeBesideModel beside(5, Scores::unit);
    std::size_t failures = 0;
    for (int number = 0; number < 8000; ++number) {
      ScoredMember* member = beside.make().release();
      if (at_end) member->set_score(number);
      for (std::size_t allocation = 0;; ++allocation) {
        const std::size_t bytes_before = beside.tree().memory_bytes();
        if (!FailingAllocations::run(allocation, [&] { beside.tree().insert(*member); })) break;
        ++failures;
        REQUIRE(beside.tree().memory_bytes() == bytes_before);
        if (failures % 50 == 0) beside.check();
      }
      beside.model().insert(member);
    }
    beside.check();
    CHECK(failures > 100);
  }
}

TEST_CASE("removing works without memory, too") {
  TreeBesideModel beside(6, Scores::times);
  for (int number = 0; number < 5000; ++number) beside.insert();
  while (!beside.model().empty()) {
    ScoredMember* member = beside.some_member();
    CHECK_FALSE(FailingAllocations::run(0, [&] { beside.tree().erase(*member); }));
    beside.drop(member);
    if (beside.model().size() % 500 == 0) beside.check();
  }
  beside.check();
}

TEST_CASE("building a tree for which there is no memory leaves nothing behind") {
  std::vector<ScoredMember::Owned> members;
  std::vector<const ScoredMember*> run;
  for (const double score : rising_scores(5000)) {
    members.push_back(ScoredMember::create("m", score));
    run.push_back(members.back().get());
  }
  std::size_t allocation = 0;
  while (FailingAllocations::run(allocation, [&] { const CountedTree tree(run); })) ++allocation;
  CHECK(allocation > 50);
}

}  // namespace
}  // namespace sluice::store
