#include "server/base/random.hpp"

#include <random>

namespace sluice::base {

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

std::string random_hex(std::size_t digits) {
  std::random_device device;
  std::string text(digits, '0');
  for (char& digit : text) digit = "0123456789abcdef"[device() % 16];
  return text;
}

std::uint64_t Random::below(std::uint64_t bound) {
  // The remainder favours small results by at most bound / 2^64.
  return next() % bound;
}

}  // namespace sluice::base
