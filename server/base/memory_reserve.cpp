#include "server/base/memory_reserve.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace sluice::base {

namespace {

// A new-handler takes no arguments: this is how it finds the reserve of the change that its thread is making.
thread_local MemoryReserve* in_use = nullptr;

}  // namespace

MemoryReserve::MemoryReserve() {
  std::set_new_handler(release_for_this_thread);
  hold(usual_bytes);
}

void MemoryReserve::release_for_this_thread() {
  if (in_use == nullptr || in_use->is_spent()) throw std::bad_alloc();
  in_use->held_.reset();
  in_use->held_bytes_ = 0;
}

void MemoryReserve::hold(std::size_t bytes) {
  held_.reset();
  held_bytes_ = 0;
  held_.reset(static_cast<char*>(::operator new(bytes)));
  held_bytes_ = bytes;
}

MemoryReserve::Use::Use(MemoryReserve& reserve, std::size_t bytes) : reserve_(reserve), outer_(in_use) {
  if (reserve.held_bytes_ < bytes) reserve.hold(std::max(bytes, usual_bytes));
  in_use = &reserve;
}

MemoryReserve::Use::~Use() {
  in_use = outer_;
  if (outer_ == &reserve_ || reserve_.held_bytes_ <= usual_bytes) return;
  // What one large request needed is not kept. A smaller reserve is held again by the next Use.
  reserve_.held_.reset();
  reserve_.held_bytes_ = 0;
}

}  // namespace sluice::base
