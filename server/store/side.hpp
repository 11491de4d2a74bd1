#pragma once

#include <cstdint>

namespace sluice::store {

// The two ends of a sequence.
enum class Side : std::uint8_t { head, tail };

}  // namespace sluice::store
