#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "server/commands/hyperloglogs/dense.hpp"
#include "server/commands/hyperloglogs/hyperloglog.hpp"
#include "server/commands/hyperloglogs/sparse.hpp"
#include "server/dispatch/requests/command_error.hpp"

using namespace sluice::commands::hyperloglogs;

namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

Registers registers_of(const HyperLogLog& tested) {
  Registers registers{};
  REQUIRE(raise_to(tested.bytes(), registers));
  return registers;
}

}  // namespace

TEST_CASE("A sparse one has the registers that were raised, however its runs are divided") {
  std::mt19937_64 randomness(1);
  Registers expected{};
  HyperLogLog sparse_one;
  for (int number = 0; number < 20'000; ++number) {
    const Place place{.index = randomness() % register_count,
                      .rank = static_cast<std::uint8_t>(randomness() % sparse::rank_max % 5 + 1)};
    const bool is_raised = sparse_one.raise(place, unlimited);
    REQUIRE(is_raised == (expected[place.index] < place.rank));
    expected[place.index] = std::max(expected[place.index], place.rank);
    if (number % 1000 == 0) REQUIRE(registers_of(sparse_one) == expected);
  }
  CHECK(registers_of(sparse_one) == expected);
  CHECK(sparse_one.form() == Form::sparse);
}

TEST_CASE("A dense one keeps every rank in every register") {
  std::mt19937_64 randomness(2);
  Registers expected{};
  HyperLogLog dense_one;
  dense_one.make_dense();
  for (std::size_t index = 0; index < register_count; ++index) {
    expected[index] = static_cast<std::uint8_t>(randomness() % (rank_max + 1));
    if (expected[index] > 0) dense_one.raise({.index = index, .rank = expected[index]}, unlimited);
  }
  CHECK(registers_of(dense_one) == expected);
  const std::string_view bytes = std::string_view(dense_one.bytes()).substr(header_bytes);
  for (std::size_t index = 0; index < register_count; ++index) REQUIRE(dense::rank_at(bytes, index) == expected[index]);
}

TEST_CASE("Becoming dense leaves the registers as they are") {
  HyperLogLog changed;
  for (int number = 0; number < 1000; ++number) changed.raise(place_of(std::to_string(number)), unlimited);
  const Registers before = registers_of(changed);

  changed.make_dense();

  CHECK(changed.form() == Form::dense);
  CHECK(registers_of(changed) == before);
}

TEST_CASE("Sparse runs of any bytes are read as a whole or refused, and never beyond their end") {
  std::mt19937_64 randomness(3);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = HyperLogLog().bytes().substr(0, header_bytes);
    const std::size_t count = randomness() % 40;
    for (std::size_t number = 0; number < count; ++number) bytes += static_cast<char>(randomness());
    bytes.shrink_to_fit();
    Registers registers{};
    const bool is_right = raise_to(bytes, registers);
    HyperLogLog changed(bytes);
    try {
      changed.raise({.index = randomness() % register_count, .rank = 7}, 3000);
      changed.make_dense();
      CHECK(is_right);
    } catch (const sluice::dispatch::CommandError&) {
      CHECK(!is_right);
    }
  }
}

TEST_CASE("Every cut of a sparse one is refused") {
  HyperLogLog whole;
  for (int number = 0; number < 200; ++number) whole.raise(place_of(std::to_string(number)), unlimited);
  for (std::size_t size = header_bytes; size < whole.bytes().size(); ++size) {
    const std::string bytes = whole.bytes().substr(0, size);
    Registers registers{};
    CHECK(!raise_to(bytes, registers));
  }
}
