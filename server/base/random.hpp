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
  std::uint64_t next() {
    step();
    return state_ * 0x2545F4914F6CDD1DULL;
  }
  // The generator as it will be after so many calls of next().
  Random after(unsigned calls) const {
    Random later = *this;
    for (; calls > 0; --calls) later.step();
    return later;
  }
  // Uniform in 0 … bound-1; `bound` must not be 0.
  std::uint64_t below(std::uint64_t bound);

 private:
  void step() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
  }

  std::uint64_t state_;
};

}  // namespace sluice::base
