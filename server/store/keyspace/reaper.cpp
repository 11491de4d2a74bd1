#include "server/store/keyspace/reaper.hpp"

namespace sluice::store {

Reaper::Reaper() : thread_([this] { run(); }) {}

Reaper::~Reaper() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Reaper::wait_until_idle() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return queue_.empty() && !busy_; });
}

void Reaper::enqueue(Item item) {
  pending_objects_.fetch_add(item.object_count, std::memory_order_relaxed);
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back(std::move(item));
  }
  wake_.notify_one();
}

void Reaper::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::vector<Item> items = std::exchange(queue_, {});
    busy_ = true;
    lock.unlock();
    for (Item& item : items) {
      item.object.reset();
      pending_objects_.fetch_sub(item.object_count, std::memory_order_relaxed);
      freed_objects_.fetch_add(item.object_count, std::memory_order_relaxed);
    }
    lock.lock();
    busy_ = false;
    if (queue_.empty()) idle_.notify_all();
  }
}

}  // namespace sluice::store
