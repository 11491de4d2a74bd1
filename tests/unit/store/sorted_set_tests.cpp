#include "server/store/values/sorted_set.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/random.hpp"
#include "server/store/values/sorted_set_builder.hpp"
#include "tests/support/failing_allocations.hpp"
#include "tests/unit/store/store_fixture.hpp"

namespace sluice::store {
namespace {

using sluice::tests::FailingAllocations;

constexpr double infinity = std::numeric_limits<double>::infinity();
const base::KeyHasher hasher(42);
const SortedSetLimits usual_limits{hasher};
const SortedSetLimits always_packed{hasher, 1'000'000, 1'000'000};
const SortedSetLimits always_large{hasher, 0, 0};

bool put(SortedSet& set, std::string_view member, double score, const SortedSetLimits& limits = usual_limits) {
  return set.put(set.find(member), score, limits);
}

using Pairs = std::vector<std::pair<std::string, double>>;

std::pair<std::string, double> pair_of(const SortedSet::Element& element) {
  return {element.member.text(), element.score};
}

Pairs content_of(const SortedSetView& set, Side from = Side::head, std::size_t skip = 0,
                 std::size_t count_max = static_cast<std::size_t>(-1)) {
  Pairs pairs;
  for (SortedSet::Walk walk(set, from, skip, count_max); !walk.done();) pairs.push_back(pair_of(walk.take()));
  return pairs;
}

struct ByScore {
  bool operator()(const std::pair<double, std::string>& left, const std::pair<double, std::string>& right) const {
    if (left.first != right.first) return left.first < right.first;
    return left.second < right.second;
  }
};

class SortedSetBesideModel {
 public:
  SortedSetBesideModel(std::uint64_t seed, const SortedSetLimits& limits) : random_(seed), limits_(limits) {}

  void step() {
    switch (random_.below(10)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return put_one();
      case 4:
      case 5:
        return move_one();
      case 6:
        return erase_one();
      case 7:
        return erase_ranks();
      case 8:
        return copy();
      default:
        return check_bounds();
    }
  }

  void check() const {
    REQUIRE(set_.size() == scores_.size());
    REQUIRE(set_.empty() == scores_.empty());
    if (set_.is_packed()) REQUIRE(ListpackView::is_valid(set_.packed().bytes()));
    if (!set_.is_packed()) REQUIRE(set_.view().object().order().check() == std::nullopt);
    const Pairs expected = ordered();
    REQUIRE(content_of(set_) == expected);
    REQUIRE(content_of(set_, Side::tail) == Pairs(expected.rbegin(), expected.rend()));
    std::map<std::string, double> scanned;
    std::uint64_t cursor = 0;
    do {
      cursor =
          set_.view().scan(cursor, 7, [&](const SortedSet::Element& element) { scanned.insert(pair_of(element)); });
    } while (cursor != 0);
    REQUIRE(scanned == scores_);
    for (std::size_t rank = 0; rank < expected.size(); rank += 3) {
      REQUIRE(pair_of(set_.view().at(rank)) == expected[rank]);
      const auto ranked = set_.view().rank_of(expected[rank].first);
      REQUIRE(ranked);
      REQUIRE(ranked->rank == rank);
      REQUIRE(ranked->score == expected[rank].second);
      REQUIRE(set_.view().score_of(expected[rank].first) == expected[rank].second);
      const auto behind = static_cast<std::ptrdiff_t>(std::min(rank + 5, expected.size()));
      REQUIRE(content_of(set_, Side::head, rank, 5) ==
              Pairs(expected.begin() + static_cast<std::ptrdiff_t>(rank), expected.begin() + behind));
    }
    REQUIRE_FALSE(set_.view().score_of("absent"));
    REQUIRE_FALSE(set_.view().rank_of("absent"));
  }
  const SortedSet& set() const { return set_; }

 private:
  // Numbers and texts of all the lengths that are written in different ways.
  std::string some_member() {
    switch (random_.below(6)) {
      case 0:
        return std::string(60 + random_.below(10), static_cast<char>('a' + random_.below(8)));
      case 1:
        return std::to_string(static_cast<std::int64_t>(random_.next()) >> random_.below(64));
      case 2:
        return std::string(random_.below(40) * 10, 'L');
      default:
        return "member:" + std::to_string(random_.below(300));
    }
  }
  double some_score() {
    switch (random_.below(6)) {
      case 0:
        return random_.below(2) == 0 ? infinity : -infinity;
      case 1:
        return std::ldexp(static_cast<double>(random_.next() >> 11), static_cast<int>(random_.below(200)) - 100);
      case 2:
        return -static_cast<double>(random_.below(10)) / 8;
      default:
        return static_cast<double>(random_.below(20));
    }
  }
  std::string known_member() {
    const auto member = scores_.lower_bound(some_member());
    return member == scores_.end() ? scores_.begin()->first : member->first;
  }
  void put_and_note(const std::string& member, double score) {
    const auto known = scores_.find(member);
    const SortedSet::Found found = set_.find(member);
    REQUIRE(static_cast<bool>(found) == (known != scores_.end()));
    if (found) REQUIRE(found.score() == known->second);
    const bool changes = known == scores_.end() || known->second != score;
    REQUIRE(set_.put(found, score, limits_) == changes);
    scores_[member] = score;
  }

  void put_one() { put_and_note(some_member(), some_score()); }
  void move_one() {
    if (scores_.empty()) return;
    const std::string member = known_member();
    const bool is_near = random_.below(2) == 0;
    put_and_note(member, is_near ? std::nextafter(scores_[member], 0.0) : some_score());
  }
  void erase_one() {
    const std::string member = scores_.empty() || random_.below(4) == 0 ? some_member() : known_member();
    REQUIRE(set_.erase(member) == (scores_.erase(member) == 1));
  }
  void erase_ranks() {
    if (scores_.empty() || random_.below(3) != 0) return;
    const std::size_t first = random_.below(scores_.size());
    const std::size_t count = std::min(random_.below(12), scores_.size() - first);
    const Pairs pairs = ordered();
    for (std::size_t rank = first; rank < first + count; ++rank) scores_.erase(pairs[rank].first);
    set_.erase_ranks(first, count);
  }
  void copy() {
    if (random_.below(20) != 0) return;
    set_ = set_.is_packed() ? SortedSet(Listpack(ListpackView(set_.packed().start)))
                            : SortedSet(std::make_unique<SortedSetObject>(set_.view().object()));
  }
  void check_bounds() {
    const ScoreBound lowest{some_score(), random_.below(2) == 0};
    const ScoreBound highest{some_score(), random_.below(2) == 0};
    std::size_t first = 0;
    std::size_t end = 0;
    for (const auto& [member, score] : ordered()) {
      if (lowest.is_exclusive ? score <= lowest.score : score < lowest.score) ++first;
      if (highest.is_exclusive ? score < highest.score : score <= highest.score) ++end;
    }
    const RankRange range = set_.view().ranks_between(lowest, highest);
    REQUIRE(range.count() == (first < end ? end - first : 0));
    if (first < end) REQUIRE(range.first == first);
  }

  Pairs ordered() const {
    std::set<std::pair<double, std::string>, ByScore> order;
    for (const auto& [member, score] : scores_) order.emplace(score, member);
    Pairs pairs;
    for (const auto& [score, member] : order) pairs.emplace_back(member, score);
    return pairs;
  }

  base::Random random_;
  SortedSetLimits limits_;
  SortedSet set_;
  std::map<std::string, double> scores_;
};

TEST_CASE("a sorted set behaves like a map with an order, whatever its form") {
  for (const SortedSetLimits& limits : {usual_limits, always_packed, always_large, SortedSetLimits{hasher, 30, 100}}) {
    for (const std::uint64_t seed : {3U, 4U, 5U}) {
      CAPTURE(limits.count_max);
      CAPTURE(seed);
      SortedSetBesideModel beside(seed, limits);
      for (int step = 0; step < 2500; ++step) {
        beside.step();
        if (step % 25 == 0) beside.check();
      }
      beside.check();
      CHECK(beside.set().is_packed() == (limits.count_max == always_packed.count_max));
    }
  }
}

TEST_CASE("a sorted set becomes large with too many members, or a long one, and stays so") {
  SortedSet set;
  for (int number = 0; number < 128; ++number) put(set, std::to_string(number), number);
  CHECK(set.is_packed());
  put(set, "5", 1000);
  CHECK(set.is_packed());
  SUBCASE("too many") {
    put(set, "one more", 1);
  }
  SUBCASE("a long one") {
    set.erase("7");
    put(set, std::string(64, 'x'), 1);
    CHECK(set.is_packed());
    set.erase("8");
    put(set, std::string(65, 'x'), 1);
  }
  SUBCASE("many are expected") {
    set.expect(0, 64, usual_limits);
    CHECK(set.is_packed());
    set.expect(1, 1, usual_limits);
  }
  SUBCASE("a long one is expected") {
    set.expect(0, 65, usual_limits);
  }
  CHECK_FALSE(set.is_packed());
  const std::size_t size = set.size();
  CHECK(size >= 127);
  set.erase_ranks(0, size - 1);
  CHECK_FALSE(set.is_packed());
  CHECK(set.size() == 1);
  CHECK(put(set, "x", 1));
  CHECK_FALSE(put(set, "x", 1));
}

TEST_CASE("0 and -0 are one score, which the first of them to come decides") {
  SortedSet large;
  CHECK(put(large, "a", -0.0, always_large));
  CHECK(put(large, "b", 0.0, always_large));
  CHECK(std::signbit(*large.view().score_of("a")));
  CHECK_FALSE(put(large, "a", 0.0, always_large));
  CHECK_FALSE(put(large, "b", -0.0, always_large));
  CHECK(std::signbit(*large.view().score_of("a")));
  CHECK_FALSE(std::signbit(*large.view().score_of("b")));
  CHECK(large.view().at(0).member.text() == "a");
  CHECK(large.view().at(1).member.text() == "b");

  // A listpack has integers where it can, and these have no -0.
  SortedSet packed;
  put(packed, "a", -0.0);
  CHECK_FALSE(std::signbit(*packed.view().score_of("a")));
}

TEST_CASE("scores in a listpack are the integers that Redis has there, or the shortest text") {
  const auto kept = [](double score) {
    SortedSet set;
    put(set, "m", score);
    const PackedElement element = *++ListpackView(set.packed().start).begin();
    return (element.is_integer() ? "integer " : "") + element.text();
  };
  CHECK(kept(0) == "integer 0");
  CHECK(kept(7) == "integer 7");
  CHECK(kept(-4503599627370497.0) == "integer -4503599627370497");
  CHECK(kept(1e17) == "integer 100000000000000000");
  CHECK(kept(4611686018427387904.0) == "integer 4611686018427387904");
  CHECK(kept(-4611686018427387904.0) == "integer -4611686018427387904");
  CHECK(kept(0.1) == "0.1");
  CHECK(kept(-2.5) == "-2.5");
  CHECK(kept(infinity) == "inf");
  CHECK(kept(-infinity) == "-inf");
  CHECK(kept(4611686018427388928.0) == "integer 4611686018427389000");
  CHECK(kept(9e18) == "9e+18");
  CHECK(kept(5e-324) == "5e-324");
}

TEST_CASE("every score reads back from a listpack as it was") {
  base::Random random(11);
  for (int number = 0; number < 20'000; ++number) {
    const auto score = std::bit_cast<double>(random.next());
    if (std::isnan(score)) continue;
    SortedSet set;
    put(set, "m", score);
    REQUIRE(set.view().score_of("m") == score);
  }
}

TEST_CASE("scores are read in whatever form a file has them") {
  for (const auto& [text, score] :
       std::initializer_list<std::pair<std::string_view, double>>{{"3.1000000000000001", 3.1},
                                                                  {"+5", 5},
                                                                  {"1e3", 1000},
                                                                  {"0x10", 16},
                                                                  {"INF", infinity},
                                                                  {"1e400", infinity}}) {
    CAPTURE(text);
    Listpack pairs;
    pairs.append(PackedText("m"));
    pairs.append(PackedText(text));
    CHECK(SortedSet(std::move(pairs)).view().score_of("m") == score);
  }
}

TEST_CASE("packed bytes of unknown origin are taken only if they are pairs in order") {
  const auto is_valid = [](std::initializer_list<std::string_view> texts) {
    Listpack pairs;
    for (const std::string_view text : texts) pairs.append(PackedText(text));
    return PackedScores::is_valid(pairs.view().bytes());
  };
  CHECK(is_valid({}));
  CHECK(is_valid({"a", "1"}));
  CHECK(is_valid({"b", "-inf", "a", "-1.5", "c", "7", "d", "7", "", "inf"}));
  CHECK(is_valid({"a", "+1", "b", "0x10"}));
  CHECK_FALSE(is_valid({"a"}));
  CHECK_FALSE(is_valid({"a", "1", "b"}));
  CHECK_FALSE(is_valid({"a", "x"}));
  CHECK_FALSE(is_valid({"a", ""}));
  CHECK_FALSE(is_valid({"a", "nan"}));
  CHECK_FALSE(is_valid({"a", "1 "}));
  CHECK_FALSE(is_valid({"a", "2", "b", "1"}));
  CHECK_FALSE(is_valid({"b", "1", "a", "1"}));
  CHECK_FALSE(is_valid({"a", "1", "a", "1"}));
  CHECK_FALSE(is_valid({"a", "1", "b", "2", "a", "3"}));
  SortedSet set;
  for (int number = 0; number < 20; ++number) put(set, std::to_string(number * number), number % 4 * 0.5);
  const std::string_view bytes = set.packed().bytes();
  CHECK(PackedScores::is_valid(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(PackedScores::is_valid(bytes.substr(0, size)));
}

TEST_CASE("members of one score are ranged over by their bytes") {
  using Kind = LexBound::Kind;
  for (const SortedSetLimits& limits : {always_packed, always_large}) {
    SortedSet set;
    for (const std::string_view member : {"", "10", "9", "a", "aa", "b", "\xff"}) put(set, member, 0, limits);
    const auto range = [&](LexBound lowest, LexBound highest) {
      const RankRange ranks = set.view().ranks_between(lowest, highest);
      std::string text;
      for (const auto& [member, score] : content_of(set, Side::head, ranks.first, ranks.count())) text += member + ",";
      return text;
    };
    CHECK(range({Kind::lowest, {}}, {Kind::highest, {}}) == ",10,9,a,aa,b,\xff,");
    CHECK(range({Kind::inclusive, "10"}, {Kind::inclusive, "aa"}) == "10,9,a,aa,");
    CHECK(range({Kind::exclusive, "10"}, {Kind::exclusive, "aa"}) == "9,a,");
    CHECK(range({Kind::inclusive, "2"}, {Kind::exclusive, "c"}) == "9,a,aa,b,");
    CHECK(range({Kind::highest, {}}, {Kind::lowest, {}}).empty());
    CHECK(range({Kind::inclusive, "b"}, {Kind::inclusive, "a"}).empty());
    CHECK(range({Kind::lowest, {}}, {Kind::lowest, {}}).empty());
    CHECK(range({Kind::exclusive, ""}, {Kind::inclusive, "10"}) == "10,");
  }
}

TEST_CASE("random members are chosen equally often") {
  for (const SortedSetLimits& limits : {always_packed, always_large}) {
    SortedSet set;
    for (int number = 0; number < 100; ++number) put(set, std::to_string(number), number % 7, limits);
    base::Random random(3);
    std::map<std::string, int> drawn;
    for (int draw = 0; draw < 20'000; ++draw) ++drawn[set.view().random(random).member.text()];
    CHECK(drawn.size() == 100);
    for (const auto& [member, times] : drawn) {
      CHECK(times > 120);  // of 200 expected
      CHECK(times < 300);
    }
  }
}

TEST_CASE("a scan meets every member that is there all the time") {
  SortedSet set;
  for (int number = 0; number < 5000; ++number) put(set, "member:" + std::to_string(number), number);
  std::set<std::string> met;
  std::uint64_t cursor = 0;
  int round = 0;
  do {
    cursor = set.view().scan(cursor, 10, [&](const SortedSet::Element& element) { met.insert(element.member.text()); });
    // The odd ones go, and others come.
    if (round < 2500) set.erase("member:" + std::to_string(2 * round + 1));
    put(set, "other:" + std::to_string(round), round);
    ++round;
  } while (cursor != 0);
  for (int number = 0; number < 5000; number += 2) REQUIRE(met.contains("member:" + std::to_string(number)));
}

TEST_CASE("a change for which there is no memory has changed nothing") {
  base::Random random(8);
  for (const SortedSetLimits& limits : {SortedSetLimits{hasher, 20, 64}, always_large}) {
    SortedSet set;
    std::size_t failures = 0;
    for (int number = 0; number < 3000; ++number) {
      const std::string member = "member:" + std::to_string(random.below(2000));
      const double score = static_cast<double>(random.below(1'000'000)) / 16;
      for (std::size_t allocation = 0;; ++allocation) {
        const bool looks_closely = number < 60 || number % 500 == 0;
        const Pairs before = looks_closely ? content_of(set) : Pairs();
        if (!FailingAllocations::run(allocation, [&] { put(set, member, score, limits); })) break;
        ++failures;
        if (!looks_closely) continue;
        REQUIRE(content_of(set) == before);
        if (!set.is_packed()) REQUIRE(set.view().object().order().check() == std::nullopt);
      }
      REQUIRE(set.view().score_of(member) == score);
    }
    CHECK(failures > 1000);
    std::size_t allocation = 0;
    while (FailingAllocations::run(allocation, [&] { const SortedSetObject copy(set.view().object()); })) ++allocation;
    CHECK(allocation > 1000);
    while (!set.empty()) {
      REQUIRE_FALSE(FailingAllocations::run(0, [&] { set.erase_ranks(set.size() / 2, (set.size() + 1) / 2); }));
    }
  }
}

TEST_CASE("the memory of a large sorted set is counted as it comes and goes") {
  SortedSet set;
  set.expect(1, 1, always_large);
  const std::size_t empty_bytes = set.memory_bytes();
  CHECK(empty_bytes < 1000);
  constexpr std::size_t count = 100'000;
  base::Random random(21);
  for (std::size_t number = 0; number < count; ++number) {
    std::string member = std::to_string(number);
    member.insert(0, 15 - member.size(), 'm');
    put(set, member, static_cast<double>(random.next() >> 11));
  }
  // 32 are the member, 11 its share of the table.
  CHECK(static_cast<double>(set.memory_bytes()) / count < 58);
  CHECK(set.view().object().piece_count() > count);
  const auto copy = std::make_unique<SortedSetObject>(set.view().object());
  CHECK(copy->memory_bytes() < set.memory_bytes());
  set.erase_ranks(0, count);
  CHECK(set.memory_bytes() == empty_bytes);
}

TEST_CASE("a builder makes what adding one by one would have made") {
  for (const std::size_t count : {0U, 1U, 128U, 129U, 5000U}) {
    for (const bool is_sorted : {false, true}) {
      CAPTURE(count);
      SortedSetBuilder builder(hasher);
      SortedSet expected;
      base::Random random(count + 1);
      for (std::size_t number = 0; number < count; ++number) {
        const std::string member = std::to_string(number);
        const double score = is_sorted ? static_cast<double>(number) : static_cast<double>(random.below(100)) / 4;
        const auto [made, is_new] = builder.create(builder.key_of(member), score);
        REQUIRE(is_new);
        REQUIRE(made.key() == member);
        REQUIRE_FALSE(builder.create(builder.key_of(member), 5).second);
        if (number % 10 == 0) made.set_score(-score);
        put(expected, member, number % 10 == 0 ? -score : score);
      }
      REQUIRE(builder.size() == count);
      Pairs sorted;
      for (const ScoredMember* member : builder.sorted()) sorted.emplace_back(member->key(), member->score());
      CHECK(sorted == content_of(expected));
      const SortedSet made = builder.finish(usual_limits);
      CHECK(builder.empty());
      CHECK(content_of(made) == content_of(expected));
      CHECK(made.is_packed() == expected.is_packed());
      if (!made.is_packed()) {
        CHECK(made.view().object().order().check() == std::nullopt);
        CHECK(made.memory_bytes() <= expected.memory_bytes());
        for (const auto& [member, score] : sorted) REQUIRE(made.view().score_of(member) == score);
      }
    }
  }
}

TEST_CASE("a builder packs only what the limits allow, and is good for another set") {
  SortedSetBuilder builder(hasher);
  builder.add(builder.key_of(std::string(65, 'x')), 1);
  CHECK_FALSE(builder.finish(usual_limits).is_packed());
  builder.add(builder.key_of(std::string(64, 'x')), 1);
  const SortedSet set = builder.finish(usual_limits);
  CHECK(set.is_packed());
  CHECK(set.size() == 1);
  CHECK(ListpackView::is_valid(set.packed().bytes()));
}

TEST_CASE("a builder that expected far more members keeps no room for them") {
  SortedSetBuilder modest(hasher);
  SortedSetBuilder hopeful(hasher);
  hopeful.expect(1'000'000);
  for (SortedSetBuilder* builder : {&modest, &hopeful}) {
    for (int number = 0; number < 1000; ++number) builder->add(builder->key_of(std::to_string(number)), number);
  }
  CHECK(hopeful.finish(always_large).memory_bytes() < modest.finish(always_large).memory_bytes() * 5 / 4);
}

TEST_CASE("a builder survives want of memory") {
  for (const SortedSetLimits& limits : {always_packed, always_large}) {
    bool has_failed = true;
    std::size_t failures = 0;
    for (std::size_t allocation = 0; has_failed; ++allocation) {
      SortedSetBuilder builder(hasher);
      SortedSet set;
      has_failed = FailingAllocations::run(allocation, [&] {
        builder.expect(1000);
        for (int number = 0; number < 300; ++number) builder.add(builder.key_of(std::to_string(number)), -number);
        set = builder.finish(limits);
      });
      if (has_failed) ++failures;
      REQUIRE(set.size() == (has_failed ? 0 : 300));
    }
    CHECK(failures > 300);
  }
}

}  // namespace

// --- In a keyspace

namespace tests {

TEST_CASE_FIXTURE(Store, "a sorted set lies in its entry, outside of it, and in an object, as it grows") {
  const auto set_of = [&](std::size_t count) {
    SortedSet set;
    for (std::size_t number = 0; number < count; ++number) store::put(set, std::to_string(number), 0.5);
    return set;
  };
  const auto change = [&](std::string_view member, double score) {
    return keyspace.find(key("set")).edit<SortedSet>([&](SortedSet& set) { store::put(set, member, score); });
  };
  keyspace.add(key("set"), set_of(3));
  CHECK(keyspace.find(key("set"))->is_inline());
  for (std::size_t number = 3; number < 300; ++number) {
    CHECK(change(std::to_string(number), 0.5));
    REQUIRE_FALSE(keyspace.check_books());
    REQUIRE(keyspace.find(key("set"))->as<SortedSet>().size() == number + 1);
  }
  CHECK_FALSE(keyspace.find(key("set"))->as<SortedSet>().is_packed());
  CHECK(keyspace.copy(key("set"), keyspace, key("copy")));
  CHECK(change("7", 99));
  CHECK(keyspace.find(key("set"))->as<SortedSet>().score_of("7") == 99);
  CHECK(keyspace.find(key("copy"))->as<SortedSet>().score_of("7") == 0.5);
  CHECK(keyspace.find(key("copy"))->as<SortedSet>().object().order().check() == std::nullopt);
  CHECK_FALSE(keyspace.check_books());
  CHECK_FALSE(keyspace.find(key("set")).edit<SortedSet>([](SortedSet& set) { set.erase_ranks(0, set.size()); }));
  CHECK_FALSE(keyspace.find(key("set")));
  CHECK_FALSE(keyspace.check_books());
}

TEST_CASE("a change to a sorted set in a keyspace for which there is no memory has not happened") {
  for (const std::size_t size : {3U, 40U, 128U, 500U}) {
    for (const double score : {-1.0, 2.5}) {
      for (const bool adds : {true, false}) {
        bool has_failed = true;
        for (std::size_t allocation = 0; has_failed; ++allocation) {
          Store database;
          SortedSet set;
          for (std::size_t number = 0; number < size; ++number)
            store::put(set, std::to_string(number), 0.25 * double(number));
          database.keyspace.add(database.key("set"), std::move(set));
          const Pairs before = content_of(database.keyspace.find(database.key("set"))->as<SortedSet>());
          has_failed = FailingAllocations::run(allocation, [&] {
            database.keyspace.find(database.key("set")).edit<SortedSet>([&](SortedSet& edited) {
              store::put(edited, adds ? "added" : "1", score);
            });
          });
          REQUIRE_FALSE(database.keyspace.check_books());
          const auto view = database.keyspace.find(database.key("set"))->as<SortedSet>();
          if (has_failed) REQUIRE(content_of(view) == before);
          if (!has_failed) REQUIRE(view.score_of(adds ? "added" : "1") == score);
        }
      }
    }
  }
}

}  // namespace tests
}  // namespace sluice::store
