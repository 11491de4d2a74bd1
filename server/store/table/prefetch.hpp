#pragma once

#include <cstddef>

namespace sluice::store {

// Brings a cache line towards the processor.
inline void prefetch_line(const void* address) {
  __builtin_prefetch(address);
  // g++ 12 takes a function that only prefetches for one without effect, and its link-time optimiser drops the call.
  asm volatile("" : : "r"(address));
}

// The line at `begin` and the one behind it.
inline void prefetch_two_lines(const void* begin) {
  constexpr std::size_t line_bytes = 64;
  prefetch_line(begin);
  prefetch_line(static_cast<const char*>(begin) + line_bytes);
}

}  // namespace sluice::store
