#include "server/base/memory.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace sluice::base;

TEST_CASE("allocations take up 8, multiples of 16 up to 128, then four sizes to each doubling") {
  struct Case {
    std::size_t asked, taken;
  };
  for (const auto& [asked, taken] : {Case{0, 8},
                                     {1, 8},
                                     {8, 8},
                                     {9, 16},
                                     {88, 96},
                                     {96, 96},
                                     {97, 112},
                                     {128, 128},
                                     {129, 160},
                                     {256, 256},
                                     {257, 320},
                                     {1024, 1024},
                                     {1025, 1280},
                                     {8193, 10240},
                                     {1 << 20, 1 << 20}}) {
    CAPTURE(asked);
    CHECK(allocation_size(asked) == taken);
  }
}

TEST_CASE("asking for what an allocation takes up takes up no more") {
  for (std::size_t bytes = 0; bytes < 100'000; bytes += 7)
    REQUIRE(allocation_size(allocation_size(bytes)) == allocation_size(bytes));
}

TEST_CASE("the figures show an allocation") {
  constexpr std::size_t bytes = 64UL * 1024 * 1024;
  const MemoryFigures before = memory_figures();
  CHECK(before.resident > 0);
  const auto block = std::make_unique<char[]>(bytes);  // zeroed, so that all of it is backed by memory
  CHECK(memory_figures().resident >= before.resident + bytes / 2);
  if (allocator_name() != "libc") CHECK(memory_figures().allocated >= before.allocated + bytes);
}

TEST_CASE("the allocator has a name, and can be asked to give memory back") {
  CHECK_FALSE(allocator_name().empty());
  purge_memory();
  CHECK(memory_figures().resident > 0);
}
