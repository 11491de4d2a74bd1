#pragma once

#include <bit>
#include <cstddef>
#include <string_view>

namespace sluice::base {

// What the process holds, as the allocator and the kernel see it; all in bytes. Costs a few microseconds.
struct MemoryFigures {
  std::size_t allocated = 0;  // handed out to the program
  std::size_t active = 0;     // pages that hold at least one allocation
  std::size_t mapped = 0;     // mapped by the allocator and backed by memory
  std::size_t resident = 0;   // resident set of the process
};
MemoryFigures memory_figures();

// The allocator as INFO names it: "jemalloc-5.3.0", or "libc" in sanitizer builds, which bring their own.
std::string_view allocator_name();

// What the process may use: the machine's memory, or less if the control group that it runs in has a limit. As it was
// at the first call; in bytes.
std::size_t usable_memory_bytes();

// Asks the allocator to return unused pages to the system.
void purge_memory();

// How many bytes an allocation of `bytes` takes up: jemalloc's size classes, which are multiples of 16 up to 128 and
// from there on four to each doubling. A caller that can use the slack asks for this many bytes in the first place,
// which is right under any allocator and wastes nothing under this one.
constexpr std::size_t allocation_size(std::size_t bytes) {
  if (bytes <= 8) return 8;
  const std::size_t step_bits = bytes <= 128 ? 4 : static_cast<std::size_t>(std::bit_width(bytes - 1)) - 3;
  const std::size_t step = std::size_t{1} << step_bits;
  return (bytes + step - 1) & ~(step - 1);
}

}  // namespace sluice::base
