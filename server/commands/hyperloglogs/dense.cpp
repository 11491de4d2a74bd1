#include "server/commands/hyperloglogs/dense.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace sluice::commands::hyperloglogs::dense {

namespace {

constexpr std::uint8_t rank_mask = (1U << register_bits) - 1;

// A register is in one byte or in two neighbours, which the last one is not: it ends with the last byte.
struct Spot {
  std::size_t byte;
  unsigned shift;

  explicit Spot(std::size_t index) : byte(index * register_bits / 8), shift(index * register_bits % 8) {}
  bool is_split() const { return shift + register_bits > 8; }
};

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

// Eight registers are six bytes.
constexpr std::size_t group_size = 8;
constexpr std::size_t group_bytes = group_size * register_bits / 8;

}  // namespace

std::uint8_t rank_at(std::string_view bytes, std::size_t index) {
  const Spot spot(index);
  const unsigned high = spot.is_split() ? byte_at(bytes, spot.byte + 1) << 8 : 0;
  return static_cast<std::uint8_t>((byte_at(bytes, spot.byte) | high) >> spot.shift & rank_mask);
}

bool raise(std::span<char> bytes, const Place& place) {
  if (rank_at({bytes.data(), bytes.size()}, place.index) >= place.rank) return false;
  const Spot spot(place.index);
  const auto put = [&](std::size_t at, unsigned mask, unsigned value) {
    bytes[at] = static_cast<char>((static_cast<unsigned char>(bytes[at]) & ~mask) | value);
  };
  const unsigned mask = static_cast<unsigned>(rank_mask) << spot.shift;
  const unsigned value = static_cast<unsigned>(place.rank) << spot.shift;
  put(spot.byte, mask & 0xff, value & 0xff);
  if (spot.is_split()) put(spot.byte + 1, mask >> 8, value >> 8);
  return true;
}

void raise_to(std::string_view bytes, Registers& maxima) {
  for (std::size_t group = 0; group < register_count / group_size; ++group) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, bytes.data() + group * group_bytes, group_bytes);
    for (std::size_t number = 0; number < group_size; ++number) {
      std::uint8_t& maximum = maxima[group * group_size + number];
      maximum = std::max(maximum, static_cast<std::uint8_t>(bits >> (number * register_bits) & rank_mask));
    }
  }
}

void write(std::span<char> bytes, const Registers& registers) {
  for (std::size_t group = 0; group < register_count / group_size; ++group) {
    std::uint64_t bits = 0;
    for (std::size_t number = 0; number < group_size; ++number) {
      bits |= std::uint64_t{registers[group * group_size + number]} << (number * register_bits);
    }
    std::memcpy(bytes.data() + group * group_bytes, &bits, group_bytes);
  }
}

}  // namespace sluice::commands::hyperloglogs::dense
