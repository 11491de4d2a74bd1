#include "server/base/memory_reserve.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <new>
#include <optional>
#include <vector>

#include "tests/support/failing_allocations.hpp"

using namespace sluice::base;
using sluice::tests::FailingAllocations;

namespace {

// How many blocks of so many bytes can be had when memory is used up.
std::size_t count_blocks(std::size_t block_bytes, std::size_t count_max) {
  std::vector<std::vector<char>> blocks;
  blocks.reserve(count_max);
  const FailingAllocations::Exhaustion exhaustion(0);
  try {
    while (blocks.size() < count_max) blocks.emplace_back(block_bytes);
  } catch (const std::bad_alloc&) {
    return blocks.size();
  }
  return count_max;
}

}  // namespace

TEST_CASE("A change that uses a reserve gets its memory when there is no other") {
  MemoryReserve reserve;
  const MemoryReserve::Use use(reserve, 0);

  const std::size_t count = count_blocks(MemoryReserve::usual_bytes / 4, 100);

  CHECK(count == 4);
  CHECK(reserve.is_spent());
}

TEST_CASE("A reserve is not touched while there is memory") {
  MemoryReserve reserve;
  const MemoryReserve::Use use(reserve, 0);

  const std::vector<char> block(MemoryReserve::usual_bytes);

  CHECK(!reserve.is_spent());
}

TEST_CASE("A reserve is for those that use it") {
  MemoryReserve reserve;
  {
    const MemoryReserve::Use use(reserve, 0);
  }

  CHECK(count_blocks(1, 100) == 0);
  CHECK(!reserve.is_spent());
}

TEST_CASE("A large change asks for more, and what it did not need is given back") {
  MemoryReserve reserve;
  constexpr std::size_t bytes = 8 * MemoryReserve::usual_bytes;
  {
    const MemoryReserve::Use use(reserve, bytes);
    CHECK(count_blocks(bytes / 8, 100) == 8);
  }
  {
    const MemoryReserve::Use use(reserve, bytes);
  }
  const MemoryReserve::Use small_use(reserve, 1);

  CHECK(count_blocks(bytes / 8, 100) <= 1);
}

TEST_CASE("A use for which there is no memory is refused") {
  MemoryReserve reserve;
  std::optional<MemoryReserve::Use> use;

  CHECK(FailingAllocations::run(0, [&] { use.emplace(reserve, 2 * MemoryReserve::usual_bytes); }));
}

TEST_CASE("What has been spent is held again by the next use") {
  MemoryReserve reserve;
  {
    const MemoryReserve::Use use(reserve, 1);
    count_blocks(MemoryReserve::usual_bytes / 4, 100);
  }
  const MemoryReserve::Use use(reserve, 1);

  CHECK(!reserve.is_spent());
}

TEST_CASE("A use within a use leaves it what it holds") {
  MemoryReserve reserve;
  constexpr std::size_t bytes = 8 * MemoryReserve::usual_bytes;
  const MemoryReserve::Use outer(reserve, bytes);

  {
    const MemoryReserve::Use inner(reserve, 1);
  }

  CHECK(count_blocks(bytes / 8, 100) == 8);
}
