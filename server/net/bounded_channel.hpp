#pragma once

#include <algorithm>
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
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return SendStatus::closed;
      if (!has_room()) return SendStatus::full;
      items_.push_back(item);
      receiver = std::exchange(receiver_, nullptr);
    }
    if (receiver) receiver();
    return SendStatus::sent;
  }

  // Awaitable: true once the item is in the channel, false if the channel was closed before.
  auto send(T item) {
    return boost::asio::async_initiate<const boost::asio::deferred_t&, void(bool)>(
        [this](auto handler, T waiting_item) { start_send(std::move(handler), std::move(waiting_item)); },
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
      accepted = accept_waiting_senders();
    }
    for (Resume& resume : accepted) resume(true);
    return true;
  }

  // Awaitable: true when there may be items to take, false when the channel is closed and empty. Spurious wake-ups are
  // possible: call try_receive() and wait again. At most one coroutine may receive.
  auto wait_for_items() {
    return boost::asio::async_initiate<const boost::asio::deferred_t&, void(bool)>(
        [this](auto handler) { start_wait(std::move(handler)); }, boost::asio::deferred);
  }

  // The same for a receiver that is no coroutine: calls `receiver` once, from within the call that sends or closes, or
  // at once if there is reason already.
  void on_items(std::move_only_function<void()> receiver) {
    {
      const std::lock_guard lock(mutex_);
      if (items_.empty() && !closed_) {
        receiver_ = std::move(receiver);
        return;
      }
    }
    receiver();
  }

  bool is_closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

  void close() {
    std::deque<Sender> refused;
    Receiver receiver;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      refused.swap(senders_);
      receiver = std::exchange(receiver_, nullptr);
    }
    for (Sender& sender : refused) sender.resume(false);
    if (receiver) receiver();
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }
  std::size_t capacity() const { return capacity_; }

 private:
  using Resume = std::move_only_function<void(bool)>;
  using Receiver = std::move_only_function<void()>;
  struct Sender {
    T item;
    Resume resume;
  };

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
    {
      const std::lock_guard lock(mutex_);
      if (!closed_ && !has_room()) {
        senders_.push_back({std::move(item), std::move(resume)});
        return;
      }
      accepted = !closed_;
      if (accepted) {
        items_.push_back(std::move(item));
        receiver = std::exchange(receiver_, nullptr);
      }
    }
    resume(accepted);
    if (receiver) receiver();
  }

  // Requires the lock.
  std::vector<Resume> accept_waiting_senders() {
    std::vector<Resume> accepted;
    while (!senders_.empty() && items_.size() < capacity_) {
      items_.push_back(std::move(senders_.front().item));
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
      if (!has_items && !closed_) {
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
  bool closed_ = false;
};

}  // namespace sluice::net
