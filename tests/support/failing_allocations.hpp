#pragma once

#include <cstddef>
#include <new>

namespace sluice::tests {

// Has `operator new` of the whole test program fail, on the calling thread: in programs that are linked with
// failing_allocations.cpp. As the real one it asks the new-handler before it fails.
class FailingAllocations {
 public:
  static constexpr std::size_t unlimited = static_cast<std::size_t>(-1);

  // Runs `work` while allocation number `number`, counted from 0, and all that follow fail; whether it ended in
  // std::bad_alloc.
  template <class Work>
  static bool run(std::size_t number, const Work& work) {
    const Scope scope(number);
    try {
      work();
    } catch (const std::bad_alloc&) {
      return true;
    }
    return false;
  }

  // How many allocations `work` makes.
  template <class Work>
  static std::size_t count(const Work& work) {
    const Scope scope(unlimited);
    work();
    return allocated();
  }

  // While it lives the first `allowed` allocations succeed, and after them `failures` fail.
  class Scope {
   public:
    explicit Scope(std::size_t allowed, std::size_t failures = unlimited);
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope();
  };

  // While it lives the first `allowed` allocations succeed, and then memory is used up: an allocation succeeds if as
  // many bytes have been freed since.
  class Exhaustion {
   public:
    explicit Exhaustion(std::size_t allowed);
    Exhaustion(const Exhaustion&) = delete;
    Exhaustion& operator=(const Exhaustion&) = delete;
    ~Exhaustion();
  };

  // While it lives, within a Scope or an Exhaustion, all allocations succeed and none is counted.
  class Suspension {
   public:
    Suspension();
    Suspension(const Suspension&) = delete;
    Suspension& operator=(const Suspension&) = delete;
    ~Suspension();

   private:
    bool was_limited_;
  };

  // For allocations by other means than operator new: whether one has to fail that makes `bytes` out of `bytes_before`
  // bytes.
  static bool fails(std::size_t bytes, std::size_t bytes_before);

  // In the present scope.
  static std::size_t allocated();
  static bool has_failed();
};

}  // namespace sluice::tests
