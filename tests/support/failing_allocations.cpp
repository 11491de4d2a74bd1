#include "tests/support/failing_allocations.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>

namespace sluice::tests {

namespace {

struct Allowance {
  bool is_limited = false;
  std::size_t allowed = 0;
  std::size_t failures = 0;
  std::size_t allocated = 0;
  bool has_failed = false;
  bool is_exhausting = false;
  std::size_t free_bytes = 0;  // where that is so
};

thread_local Allowance allowance;

void* allocate(std::size_t bytes) {
  if (FailingAllocations::fails(bytes, 0)) return nullptr;
  return std::malloc(bytes == 0 ? 1 : bytes);
}

void* allocate_or_throw(std::size_t bytes) {
  for (;;) {
    if (void* allocated = allocate(bytes)) return allocated;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void* allocate_or_null(std::size_t bytes) noexcept {
  try {
    return allocate_or_throw(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void free_memory(void* bytes) noexcept {
  if (allowance.is_limited && allowance.has_failed) allowance.free_bytes += malloc_usable_size(bytes);
  std::free(bytes);
}

}  // namespace

bool FailingAllocations::fails(std::size_t bytes, std::size_t bytes_before) {
  if (!allowance.is_limited) return false;
  const std::size_t number = allowance.allocated++;
  if (number < allowance.allowed) return false;
  const std::size_t added_bytes = bytes - std::min(bytes, bytes_before);
  if (allowance.is_exhausting && added_bytes <= allowance.free_bytes) {
    allowance.free_bytes -= added_bytes;
    return false;
  }
  if (!allowance.is_exhausting && number - allowance.allowed >= allowance.failures) return false;
  allowance.has_failed = true;
  return true;
}

FailingAllocations::Scope::Scope(std::size_t allowed, std::size_t failures) {
  allowance = {.is_limited = true, .allowed = allowed, .failures = failures};
}

FailingAllocations::Scope::~Scope() {
  allowance.is_limited = false;
}

FailingAllocations::Exhaustion::Exhaustion(std::size_t allowed) {
  allowance = {.is_limited = true, .allowed = allowed, .is_exhausting = true};
}

FailingAllocations::Exhaustion::~Exhaustion() {
  allowance.is_limited = false;
}

FailingAllocations::Suspension::Suspension() : was_limited_(allowance.is_limited) {
  allowance.is_limited = false;
}

FailingAllocations::Suspension::~Suspension() {
  allowance.is_limited = was_limited_;
}

std::size_t FailingAllocations::allocated() {
  return allowance.allocated;
}

bool FailingAllocations::has_failed() {
  return allowance.has_failed;
}

}  // namespace sluice::tests

// The whole program's. An exception that is thrown has its own memory, which does not come from here.
void* operator new(std::size_t bytes) {
  return sluice::tests::allocate_or_throw(bytes);
}
void* operator new[](std::size_t bytes) {
  return operator new(bytes);
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return sluice::tests::allocate_or_null(bytes);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return sluice::tests::allocate_or_null(bytes);
}
void operator delete(void* bytes) noexcept {
  sluice::tests::free_memory(bytes);
}
void operator delete[](void* bytes) noexcept {
  sluice::tests::free_memory(bytes);
}
void operator delete(void* bytes, std::size_t) noexcept {
  sluice::tests::free_memory(bytes);
}
void operator delete[](void* bytes, std::size_t) noexcept {
  sluice::tests::free_memory(bytes);
}
void operator delete(void* bytes, const std::nothrow_t&) noexcept {
  sluice::tests::free_memory(bytes);
}
void operator delete[](void* bytes, const std::nothrow_t&) noexcept {
  sluice::tests::free_memory(bytes);
}
