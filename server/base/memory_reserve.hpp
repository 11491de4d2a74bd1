#pragma once

#include <cstddef>
#include <memory>

namespace sluice::base {

// Memory held back so that a change of several steps can be finished once it has begun: while a Use lives, an
// allocation of its thread that would fail is given what the reserve holds. Bytes that are held are never touched, so
// they take up address space and no pages.
//
// operator new asks for that memory through the new-handler of the process (std::set_new_handler), which the first
// reserve installs. Code that allocates by other means (ReplyBuffer) calls it too.
class MemoryReserve {
 public:
  static constexpr std::size_t usual_bytes = 256UL * 1024;

  MemoryReserve();
  MemoryReserve(const MemoryReserve&) = delete;
  MemoryReserve& operator=(const MemoryReserve&) = delete;

  // Whether it has been given to an allocation since the last Use began.
  bool is_spent() const { return held_ == nullptr; }

  // Lasts as long as one change. Uses nest.
  class Use {
   public:
    // Sees to it that the reserve holds at least `bytes`. Throws std::bad_alloc.
    Use(MemoryReserve& reserve, std::size_t bytes);
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use();

   private:
    MemoryReserve& reserve_;
    MemoryReserve* outer_;
  };

 private:
  struct Free {
    void operator()(char* bytes) const { ::operator delete(bytes); }
  };

  // The new-handler. Throws std::bad_alloc if the calling thread has no reserve in use, or has spent it.
  static void release_for_this_thread();
  void hold(std::size_t bytes);

  std::unique_ptr<char, Free> held_;
  std::size_t held_bytes_ = 0;
};

}  // namespace sluice::base
