#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

// What a HyperLogLog is made of, whatever its form: registers, and how they count.
//
// The hash of an element chooses a register by its lowest 14 bits; the register keeps the highest rank, which is one
// more than the zeros that the other 50 bits end in. docs/hyperloglogs.md has more.
namespace sluice::commands::hyperloglogs {

inline constexpr unsigned index_bits = 14;
inline constexpr std::size_t register_count = std::size_t{1} << index_bits;
inline constexpr unsigned rank_max = 64 - index_bits + 1;

using Registers = std::array<std::uint8_t, register_count>;

// Where an element belongs, and what its register must have at least.
struct Place {
  std::size_t index = 0;
  std::uint8_t rank = 0;  // from 1 to rank_max
};
// By MurmurHash64A with the seed of Redis, so that both find the same places.
Place place_of(std::string_view element);

// How many registers have each rank; 0: none came.
using RankCounts = std::array<std::uint32_t, 64>;

// About how many different elements have come. The estimator is that of Otmar Ertl, "New cardinality estimation
// algorithms for HyperLogLog sketches" (2017), as in Redis, to the last digit.
std::uint64_t estimate(const RankCounts& counts);

}  // namespace sluice::commands::hyperloglogs
