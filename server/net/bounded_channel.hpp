#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace sluice::net {

// A queue of at most `capacity` items between any number of sending coroutines, on any threads, and one receiving
// coroutine. A sender waits while it is full; items arrive in the order in which send() was called, those of waiting
// senders included. After close() sending is refused, waiting senders are told so, and the receiver still gets what was
// accepted before.
//
// Waiting coroutines are resumed by a post to their own executor, never from inside a call to the channel.
template <class T>
class BoundedChannel {
 public:
  enum class SendStatus { sent, full, closed };

  // `capacity` is at least 1.
  explicit BoundedChannel(std::size_t capacity) : capacity_(capacity) {}
  BoundedChannel(const BoundedChannel&) = delete;
  BoundedChannel& operator=(const BoundedChannel&) = delete;

  // Sends without waiting. Most sends end here; it costs a fraction of an asynchronous one.
  SendStatus try_send(const T& item) {
    Receiver receiver;
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      if (is_closed()) return SendStatus::closed;
      if (!has_room()) return SendStatus::full;
      was_empty = add(item);
      if (was_empty) receiver = std::exchange(receiver_, nullptr);
    }
    if (was_empty) tell(receiver);
    return SendStatus::sent;
  }

  // Awaitable: true once the item is in the channel, false if the channel was closed before.
  auto send(T item) {
    return boost::asio::async_initiate<const boost::asio::deferred_t&, void(bool)>(
        [this](auto handler, T waiting_item) { this->start_send(std::move(handler), std::move(waiting_item)); },
        boost::asio::deferred, std::move(item));
  }

  // Moves all items that are there to the end of `taken`; false if there were none.
  bool try_receive(std::vector<T>& taken) {
    std::vector<Resume> accepted;
    {
      const std::lock_guard lock(mutex_);
      if (items_.empty()) return false;
      taken.insert(taken.end(), items_.begin(), items_.end());
      items_.clear();
      size_.store(0, std::memory_order_relaxed);
      accepted = accept_waiting_senders();
    }
    for (Resume& resume : accepted) resume(true);
    return true;
  }

  // Awaitable: true when there may be items to take, false when the channel is closed and empty. Spurious wake-ups are
  // possible: call try_receive() and wait again. At most one coroutine may receive.
  auto wait_for_items() {
    return boost::asio::async_initiate<const boost::asio::deferred_t&, void(bool)>(
        [this](auto handler) { this->start_wait(std::move(handler)); }, boost::asio::deferred);
  }

  // For a receiver that is no coroutine: `listener` is called whenever the channel, empty before, gets an item, and
  // when it is closed, from within the call that does so. Set it before anything is sent.
  void set_items_listener(std::move_only_function<void()> listener) { items_listener_ = std::move(listener); }

  bool is_closed() const { return closed_.load(std::memory_order_acquire); }

  void close() {
    std::deque<Sender> refused;
    Receiver receiver;
    {
      const std::lock_guard lock(mutex_);
      closed_.store(true, std::memory_order_release);
      refused.swap(senders_);
      receiver = std::exchange(receiver_, nullptr);
    }
    for (Sender& sender : refused) sender.resume(false);
    tell(receiver);
  }

  std::size_t size() const { return size_.load(std::memory_order_relaxed); }
  std::size_t capacity() const { return capacity_; }

 private:
  using Resume = std::move_only_function<void(bool)>;
  using Receiver = std::move_only_function<void()>;
  struct Sender {
    T item;
    Resume resume;
  };

  // Requires the lock. Returns whether the channel was empty.
  bool add(T item) {
    items_.push_back(std::move(item));
    size_.store(items_.size(), std::memory_order_relaxed);
    return items_.size() == 1;
  }

  void tell(Receiver& receiver) {
    if (receiver) receiver();
    if (items_listener_) items_listener_();
  }

  // A newcomer must not overtake those who wait.
  bool has_room() const { return items_.size() < capacity_ && senders_.empty(); }

  template <class Handler>
  static Resume resume_by_post(Handler handler) {
    return [handler = std::move(handler)](bool result) mutable {
      const auto executor = boost::asio::get_associated_executor(handler);
      boost::asio::post(executor, [handler = std::move(handler), result]() mutable { std::move(handler)(result); });
    };
  }

  template <class Handler>
  void start_send(Handler handler, T item) {
    Resume resume = resume_by_post(std::move(handler));
    Receiver receiver;
    bool accepted = false;
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      if (!is_closed() && !has_room()) {
        senders_.push_back({std::move(item), std::move(resume)});
        return;
      }
      accepted = !is_closed();
      was_empty = accepted && add(std::move(item));
      if (was_empty) receiver = std::exchange(receiver_, nullptr);
    }
    resume(accepted);
    if (was_empty) tell(receiver);
  }

  // Requires the lock.
  std::vector<Resume> accept_waiting_senders() {
    std::vector<Resume> accepted;
    while (!senders_.empty() && items_.size() < capacity_) {
      add(std::move(senders_.front().item));
      accepted.push_back(std::move(senders_.front().resume));
      senders_.pop_front();
    }
    return accepted;
  }

  template <class Handler>
  void start_wait(Handler handler) {
    Resume resume = resume_by_post(std::move(handler));
    bool has_items = false;
    {
      const std::lock_guard lock(mutex_);
      has_items = !items_.empty();
      if (!has_items && !is_closed()) {
        receiver_ = [resume = std::move(resume)]() mutable { resume(true); };
        return;
      }
    }
    resume(has_items);
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<T> items_;
  std::deque<Sender> senders_;  // waiting; only while items_ is full
  Receiver receiver_;           // waiting; only while items_ is empty
  std::move_only_function<void()> items_listener_;

  // Changed with the lock, read without: asking costs next to nothing.
  std::atomic<std::size_t> size_ = 0;
  std::atomic<bool> closed_ = false;
};

}  // namespace sluice::net
