#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

namespace sluice::net {

// How many connections there are, over all I/O threads; and a call when the last one is gone.
class ConnectionCount {
 public:
  // `on_empty` is called on the thread of the last connection to leave, each time the count falls to 0.
  explicit ConnectionCount(std::function<void()> on_empty) : on_empty_(std::move(on_empty)) {}

  std::int64_t get() const { return count_.load(std::memory_order_relaxed); }

  // One connection's place in the count, for as long as it lives.
  class Place {
   public:
    explicit Place(ConnectionCount& owner) : owner_(&owner) { owner.count_.fetch_add(1, std::memory_order_relaxed); }
    Place(Place&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (owner_ != nullptr && owner_->count_.fetch_sub(1, std::memory_order_acq_rel) == 1) owner_->on_empty_();
    }

   private:
    ConnectionCount* owner_;
  };

 private:
  std::atomic<std::int64_t> count_ = 0;
  std::function<void()> on_empty_;
};

}  // namespace sluice::net
