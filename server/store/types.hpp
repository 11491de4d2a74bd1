#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::store {

// What a key may hold.
enum class Type : std::uint8_t { string, list, set, sorted_set, hash, stream };

// A key together with its hash, so that the hash is computed once per command however often the key is looked up. A
// view: the bytes belong to the request.
struct Key {
  std::string_view bytes;
  std::uint64_t hash = 0;
};

// The two ends of a sequence.
enum class Side : std::uint8_t { head, tail };

}  // namespace sluice::store
