#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace sluice::base {

// Sees to it that `values` can hold `count` values without another allocation. May throw std::bad_alloc. Amortised
// O(1) where the count grows by ones.
template <class T>
void reserve(std::vector<T>& values, std::size_t count) {
  if (count > values.capacity()) values.reserve(std::max(count, 2 * values.capacity()));
}

}  // namespace sluice::base
