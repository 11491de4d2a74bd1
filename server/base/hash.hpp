#pragma once

#include <cstdint>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sluice::base {

// Hashes keys. The seed is drawn at random when the server starts, so that nobody can choose keys that collide. The
// same hasher is copied to whatever computes hashes: connections do it for the first key of each command.
class KeyHasher {
 public:
  explicit KeyHasher(std::uint64_t seed) : seed_(seed) {}
  std::uint64_t operator()(std::string_view key) const { return XXH3_64bits_withSeed(key.data(), key.size(), seed_); }

 private:
  std::uint64_t seed_;
};

}  // namespace sluice::base
