#include "tests/support/failing_allocations.hpp"

#include <cstdlib>

namespace sluice::tests {

namespace {

struct Allowance {
  bool is_limited = false;
  std::size_t allowed = 0;
  std::size_t failures = 0;
  std::size_t allocated = 0;
  bool has_failed = false;
};

thread_local Allowance allowance;

void* allocate(std::size_t bytes) {
  if (allowance.is_limited) {
    const std::size_t number = allowance.allocated++;
    if (number >= allowance.allowed && number - allowance.allowed < allowance.failures) {
      allowance.has_failed = true;
      return nullptr;
    }
  }
  return std::malloc(bytes == 0 ? 1 : bytes);
}

}  // namespace

FailingAllocations::Scope::Scope(std::size_t allowed, std::size_t failures) {
  allowance = {.is_limited = true, .allowed = allowed, .failures = failures};
}

FailingAllocations::Scope::~Scope() {
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
  if (void* allocated = sluice::tests::allocate(bytes)) return allocated;
  throw std::bad_alloc();
}
void* operator new[](std::size_t bytes) {
  return operator new(bytes);
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return sluice::tests::allocate(bytes);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return sluice::tests::allocate(bytes);
}
void operator delete(void* bytes) noexcept {
  std::free(bytes);
}
void operator delete[](void* bytes) noexcept {
  std::free(bytes);
}
void operator delete(void* bytes, std::size_t) noexcept {
  std::free(bytes);
}
void operator delete[](void* bytes, std::size_t) noexcept {
  std::free(bytes);
}
void operator delete(void* bytes, const std::nothrow_t&) noexcept {
  std::free(bytes);
}
void operator delete[](void* bytes, const std::nothrow_t&) noexcept {
  std::free(bytes);
}
