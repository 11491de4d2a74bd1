#pragma once

#include <cstdint>

namespace sluice::store {

enum class Type : std::uint8_t { string, list, set, sorted_set, hash, stream };

}  // namespace sluice::store
