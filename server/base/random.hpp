#pragma once

#include <cstdint>
#include <string>

namespace sluice::base {

// Bits from the operating system's generator, for seeds and identifiers.
std::uint64_t random_seed();

// `digits` lowercase hexadecimal digits, for run ids and the like.
std::string random_hex(std::size_t digits);

// A small fast generator (xorshift64*, Vigna 2016) for choices that need not resist an adversary.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed | 1) {}
  std::uint64_t next();
  // Uniform in 0 … bound-1; `bound` must not be 0.
  std::uint64_t below(std::uint64_t bound);

 private:
  std::uint64_t state_;
};

}  // namespace sluice::base
