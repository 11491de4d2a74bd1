#include "server/store/values/intset.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "server/base/random.hpp"
#include "tests/support/failing_allocations.hpp"

using namespace sluice::store;
using sluice::tests::FailingAllocations;

namespace {

using Numbers = std::set<std::int64_t>;

// The bytes that the format prescribes for members of this width.
template <class T>
std::string bytes_of(const std::vector<T>& members) {
  std::string bytes;
  const auto put = [&](auto number) { bytes.append(reinterpret_cast<const char*>(&number), sizeof(number)); };
  put(static_cast<std::uint32_t>(sizeof(T)));
  put(static_cast<std::uint32_t>(members.size()));
  for (const T member : members) put(member);
  return bytes;
}

void check_equal(const Intset& set, const Numbers& model) {
  const IntsetView view = set.view();
  REQUIRE(IntsetView::is_valid(view.bytes()));
  REQUIRE(view.size() == model.size());
  std::size_t index = 0;
  for (const std::int64_t member : model) REQUIRE(view.at(index++) == member);
}

// Any of 64 bits, most of them small, and the ends of every width among them.
std::int64_t random_number(sluice::base::Random& random) {
  constexpr std::array<std::int64_t, 10> ends = {INT16_MIN,
                                                 INT16_MIN - 1,
                                                 INT16_MAX,
                                                 INT16_MAX + 1,
                                                 INT32_MIN,
                                                 INT32_MAX,
                                                 INT64_MIN,
                                                 INT64_MAX,
                                                 std::int64_t{INT32_MIN} - 1,
                                                 std::int64_t{INT32_MAX} + 1};
  if (random.below(50) == 0) return ends[random.below(ends.size())];
  const auto bits = random.below(20) == 0 ? random.below(64) : random.below(9);
  return static_cast<std::int64_t>(random.next()) >> (63 - bits);
}

}  // namespace

TEST_CASE("a set of integers has the bytes of the format") {
  Intset set;
  CHECK(set.view().bytes() == bytes_of<std::int16_t>({}));
  CHECK(set.add(5));
  CHECK(set.add(-3));
  CHECK_FALSE(set.add(5));
  CHECK(set.view().bytes() == bytes_of<std::int16_t>({-3, 5}));
  CHECK(set.add(70'000));
  CHECK(set.view().bytes() == bytes_of<std::int32_t>({-3, 5, 70'000}));
  CHECK(set.add(std::numeric_limits<std::int64_t>::min()));
  CHECK(set.view().bytes() == bytes_of<std::int64_t>({std::numeric_limits<std::int64_t>::min(), -3, 5, 70'000}));
  CHECK(set.remove(std::numeric_limits<std::int64_t>::min()));
  CHECK_FALSE(set.remove(4));
  CHECK(set.view().bytes() == bytes_of<std::int64_t>({-3, 5, 70'000}));
  CHECK(PackedView{PackedForm::intset, set.view().data()}.byte_count() == set.view().byte_count());
}

TEST_CASE("a set of integers agrees with std::set under random changes") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    sluice::base::Random random(seed);
    Intset set;
    Numbers model;
    for (int round = 0; round < 1500; ++round) {
      const std::int64_t number = random_number(random);
      const bool removes = random.below(100) < (round < 700 ? 20U : 70U);
      if (removes) {
        REQUIRE(set.remove(number) == (model.erase(number) != 0));
      } else {
        REQUIRE(set.add(number) == model.insert(number).second);
      }
      REQUIRE(set.view().contains(number) == model.contains(number));
      const std::int64_t other = random_number(random);
      REQUIRE(set.view().contains(other) == model.contains(other));
      REQUIRE(set.view().count_below(other) ==
              static_cast<std::size_t>(std::distance(model.begin(), model.lower_bound(other))));
      if (round % 100 == 0) check_equal(set, model);
      // Now and then from the middle of a larger buffer, where an entry's change begins.
      if (random.below(20) == 0) {
        PackedBuffer buffer;
        copy_packed_to(buffer.parts(), set.view().bytes());
        set = Intset(buffer.release());
      }
      if (random.below(20) == 0) set = Intset(copy_packed(set.view().bytes()));
    }
    check_equal(set, model);
    while (!model.empty()) {
      REQUIRE(set.remove(*model.begin()));
      model.erase(model.begin());
    }
    CHECK(set.memory_bytes() < 256);
  }
}

TEST_CASE("members that cannot be added for want of memory leave the set as it was; removing never fails") {
  sluice::base::Random random(3);
  Intset set;
  Numbers model;
  int failures = 0;
  for (int round = 0; round < 4000; ++round) {
    const std::int64_t number = random_number(random);
    if (round < 2000) {
      bool is_added = false;
      const bool has_failed = FailingAllocations::run(random.below(2), [&] { is_added = set.add(number); });
      failures += has_failed ? 1 : 0;
      if (!has_failed) REQUIRE(is_added == model.insert(number).second);
    } else {
      REQUIRE_FALSE(FailingAllocations::run(random.below(2), [&] { set.remove(number); }));
      model.erase(number);
    }
    if (round % 50 == 0) check_equal(set, model);
  }
  check_equal(set, model);
  CHECK(failures > 5);
}

TEST_CASE("bytes of unknown origin are refused unless they are a set of integers") {
  const std::string good = bytes_of<std::int32_t>({-3, 5, 70'000});
  CHECK(IntsetView::is_valid(good));
  CHECK(IntsetView::is_valid(bytes_of<std::int64_t>({1})));
  CHECK(IntsetView::is_valid(bytes_of<std::int16_t>({})));
  for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(IntsetView::is_valid(good.substr(0, size)));
  CHECK_FALSE(IntsetView::is_valid(good + "x"));
  CHECK_FALSE(IntsetView::is_valid(bytes_of<std::int8_t>({1, 2})));
  CHECK_FALSE(IntsetView::is_valid(bytes_of<std::int32_t>({5, 5})));
  CHECK_FALSE(IntsetView::is_valid(bytes_of<std::int32_t>({6, 5})));
  std::string endless = good;
  endless.replace(4, 4, "\xff\xff\xff\xff");
  CHECK_FALSE(IntsetView::is_valid(endless));
  // A count that would be right if the product of width and count had 32 bits.
  std::string wrapping = bytes_of<std::int64_t>({1});
  wrapping.replace(4, 4, std::string("\x01\x00\x00\x20", 4));
  CHECK_FALSE(IntsetView::is_valid(wrapping));
}
