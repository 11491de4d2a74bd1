#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::store {

// A key together with its hash, so that the hash is computed once per command however often the key is looked up. A
// view: the bytes belong to the request.
struct Key {
  std::string_view bytes;
  std::uint64_t hash = 0;
};

}  // namespace sluice::store
