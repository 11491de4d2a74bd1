#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "server/commands/bitmaps/bits.hpp"
#include "server/commands/bitmaps/combination.hpp"
#include "server/commands/bitmaps/counting.hpp"

using namespace sluice::commands::bitmaps;

namespace {

std::string random_bytes(std::mt19937_64& randomness, std::size_t count) {
  std::string bytes(count, '\0');
  std::ranges::generate(bytes, [&] { return static_cast<char>(randomness()); });
  return bytes;
}

bool bit_or_zero(std::string_view bytes, std::uint64_t bit) {
  return bit / 8 < bytes.size() && bit_at(bytes, bit);
}

// By definition: from the first bit of the sources, and how many of the others are set.
bool combined_bit(Combination combination, bool first, std::size_t others, std::size_t other_count) {
  const std::size_t ones = others + (first ? 1 : 0);
  switch (combination) {
    case Combination::all:
      return ones == other_count + 1;
    case Combination::any:
      return ones > 0;
    case Combination::odd:
      return ones % 2 == 1;
    case Combination::inverse:
      return !first;
    case Combination::first_alone:
      return first && others == 0;
    case Combination::others_alone:
      return !first && others > 0;
    case Combination::first_and_other:
      return first && others > 0;
    case Combination::exactly_one:
      return ones == 1;
  }
  return false;
}

}  // namespace

TEST_CASE("Ones are counted in every range of bits") {
  std::mt19937_64 randomness(1);
  const std::string bytes = random_bytes(randomness, 100);
  for (std::uint64_t first = 0; first <= 800; first += 7) {
    std::uint64_t expected = 0;
    for (std::uint64_t end = first; end <= 800; ++end) {
      REQUIRE(count_ones(bytes, {first, end}) == expected);
      if (end < 800) expected += bit_at(bytes, end) ? 1U : 0U;
    }
  }
}

TEST_CASE("The first bit of a kind is found from wherever the search begins, and not beyond its end") {
  for (const bool wanted : {false, true}) {
    for (const std::uint64_t place : std::to_array<std::uint64_t>({0, 1, 7, 8, 63, 64, 300, 511, 512, 513, 799})) {
      std::string bytes(100, wanted ? '\0' : '\xff');
      set_bit(bytes, place, wanted);
      for (std::uint64_t first = 0; first <= 800; ++first) {
        REQUIRE(find_bit(bytes, {first, 800}, wanted) == (first <= place ? place : 800));
        if (first <= place) REQUIRE(find_bit(bytes, {first, place}, wanted) == place);
      }
    }
  }
}

TEST_CASE("Strings of all lengths are combined bit by bit") {
  std::mt19937_64 randomness(2);
  constexpr std::array combinations = {Combination::all,          Combination::any,
                                       Combination::odd,          Combination::first_alone,
                                       Combination::others_alone, Combination::first_and_other,
                                       Combination::exactly_one};
  const std::vector<std::vector<std::size_t>> lengths = {
      {1, 1}, {31, 33}, {40, 0, 7}, {0, 70}, {100, 100, 100, 64}, {8191, 8193}, {20000, 8192, 300}, {5}};
  for (const auto& of_sources : lengths) {
    std::vector<std::string> texts;
    for (const std::size_t length : of_sources) texts.push_back(random_bytes(randomness, length));
    const std::vector<std::string_view> sources(texts.begin(), texts.end());
    std::string result(std::ranges::max(of_sources), 'x');
    for (const Combination combination : combinations) {
      combine(combination, sources, result);
      bool is_right = true;
      for (std::uint64_t bit = 0; bit < result.size() * 8; ++bit) {
        std::size_t others = 0;
        for (std::size_t source = 1; source < sources.size(); ++source)
          others += bit_or_zero(sources[source], bit) ? 1U : 0U;
        const bool expected = combined_bit(combination, bit_or_zero(sources[0], bit), others, sources.size() - 1);
        is_right = is_right && bit_at(result, bit) == expected;
      }
      CHECK(is_right);
    }
  }
}

TEST_CASE("The inverse of a string has the other bits") {
  std::mt19937_64 randomness(3);
  const std::string bytes = random_bytes(randomness, 10000);
  const std::string_view source = bytes;
  std::string result(bytes.size(), 'x');

  combine(Combination::inverse, {&source, 1}, result);

  CHECK(std::ranges::equal(result, bytes, [](char left, char right) { return static_cast<char>(~left) == right; }));
}
