#include "server/commands/hyperloglogs/estimate.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace sluice::commands::hyperloglogs {

namespace {

// MurmurHash64A, by Austin Appleby (public domain), for processors that read the lowest byte first.
std::uint64_t murmur_hash(std::string_view text) {
  static_assert(std::endian::native == std::endian::little);
  constexpr std::uint64_t seed = 0xadc83b19;
  constexpr std::uint64_t factor = 0xc6a4a7935bd1e995;
  constexpr unsigned shift = 47;
  std::uint64_t hash = seed ^ (text.size() * factor);
  for (; text.size() >= sizeof(std::uint64_t); text.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    word *= factor;
    word ^= word >> shift;
    word *= factor;
    hash = (hash ^ word) * factor;
  }
  if (!text.empty()) {
    std::uint64_t rest = 0;
    std::memcpy(&rest, text.data(), text.size());
    hash = (hash ^ rest) * factor;
  }
  hash ^= hash >> shift;
  hash *= factor;
  return hash ^ hash >> shift;
}

// The functions of the paper's sections on small and on large ranges; both are sums that are added up until they stand
// still.
double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double weight = 1;
  double sum = x;
  for (double before = -1; sum != before;) {
    before = sum;
    x *= x;
    sum += x * weight;
    weight += weight;
  }
  return sum;
}

double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double weight = 1;
  double sum = 1 - x;
  for (double before = -1; sum != before;) {
    before = sum;
    x = std::sqrt(x);
    weight *= 0.5;
    sum -= std::pow(1 - x, 2) * weight;
  }
  return sum / 3;
}

}  // namespace

Place place_of(std::string_view element) {
  const std::uint64_t hash = murmur_hash(element);
  // A bit behind the last one ends every run of zeros.
  const std::uint64_t rest = hash >> index_bits | std::uint64_t{1} << (64 - index_bits);
  return {.index = hash & (register_count - 1), .rank = static_cast<std::uint8_t>(std::countr_zero(rest) + 1)};
}

std::uint64_t estimate(const RankCounts& counts) {
  constexpr double m = register_count;
  constexpr double alpha = 0.721347520444481703680;  // 1 / (2 ln 2)
  double z = m * tau((m - counts[rank_max]) / m);
  for (std::size_t rank = rank_max - 1; rank >= 1; --rank) {
    z += counts[rank];
    z *= 0.5;
  }
  z += m * sigma(counts[0] / m);
  return static_cast<std::uint64_t>(std::llround(alpha * m * m / z));
}

}  // namespace sluice::commands::hyperloglogs
