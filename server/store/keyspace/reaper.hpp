#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::store {

// Destroys large values and whole tables, which would keep the manager busy too long, on a thread of its own. Objects
// that are handed over must be unreachable from anywhere else. The queue is not bounded, because refusing would mean
// freeing on the manager; it holds only memory that the keyspaces have already let go.
//
// discard() and the figures may be called from any thread. The destructor destroys all that is still queued.
class Reaper {
 public:
  Reaper();
  ~Reaper();
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;

  // `object_count` is what the figures count for it: keys, as a rule.
  template <class Object>
  void discard(Object object, std::size_t object_count = 1) {
    enqueue({std::make_unique<Holder<Object>>(std::move(object)), object_count});
  }

  // Returns when all that was discarded before the call has been destroyed.
  void wait_until_idle();

  std::size_t pending_objects() const { return pending_objects_.load(std::memory_order_relaxed); }
  std::size_t freed_objects() const { return freed_objects_.load(std::memory_order_relaxed); }

 private:
  struct Discarded {
    virtual ~Discarded() = default;
  };
  template <class Object>
  struct Holder final : Discarded {
    explicit Holder(Object held) : object(std::move(held)) {}
    Object object;
  };
  struct Item {
    std::unique_ptr<Discarded> object;
    std::size_t object_count;
  };

  void enqueue(Item item);
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::vector<Item> queue_;
  bool busy_ = false;
  bool stopping_ = false;
  std::atomic<std::size_t> pending_objects_ = 0;
  std::atomic<std::size_t> freed_objects_ = 0;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sluice::store
