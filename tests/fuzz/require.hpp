#pragma once

#include <cstdlib>

namespace sluice::tests {

// Ends the fuzzer, which keeps the input, if a property does not hold.
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace sluice::tests
