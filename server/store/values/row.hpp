#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace sluice::store {

// Values side by side, which come and go at both ends at amortised constant cost. A std::deque would do as well, but
// here the ends and the size are a few instructions away. A value that was made without arguments must hold nothing.
template <class T>
class Row {
 public:
  std::size_t size() const { return slots_.size() - first_; }
  bool empty() const { return size() == 0; }
  std::size_t memory_bytes() const { return slots_.capacity() * sizeof(T); }

  T& operator[](std::size_t index) { return slots_[first_ + index]; }
  const T& operator[](std::size_t index) const { return slots_[first_ + index]; }
  T& front() { return slots_[first_]; }
  const T& front() const { return slots_[first_]; }
  T& back() { return slots_.back(); }
  const T& back() const { return slots_.back(); }

  // Finds the memory for one more value, so that adding it cannot fail: at the front if `is_in_front`, anywhere else
  // otherwise.
  void reserve_one(bool is_in_front = false) {
    if (is_in_front) {
      if (first_ == 0) make_room_in_front();
    } else if (slots_.size() == slots_.capacity()) {
      slots_.reserve(2 * slots_.size() + 1);
    }
  }
  void push_back(T value) { slots_.push_back(std::move(value)); }
  void push_front(T value) {
    if (first_ == 0) make_room_in_front();
    slots_[--first_] = std::move(value);
  }
  void insert(std::size_t index, T value) {
    if (index == 0) return push_front(std::move(value));
    slots_.insert(slot(index), std::move(value));
  }

  // Removes the values from `from` to before `to`.
  void erase(std::size_t from, std::size_t to) {
    if (from > 0) {
      slots_.erase(slot(from), slot(to));
      return;
    }
    for (std::size_t index = 0; index < to; ++index) (*this)[index] = T{};
    first_ += to;
    // So that no more values are moved than have gone.
    if (first_ >= size()) {
      slots_.erase(slots_.begin(), slot(0));
      first_ = 0;
    }
  }
  void clear() { erase(0, size()); }

 private:
  auto slot(std::size_t index) { return slots_.begin() + static_cast<std::ptrdiff_t>(first_ + index); }

  void make_room_in_front() {
    const std::size_t room = size() / 2 + 1;
    std::vector<T> roomier(room + size());
    std::ranges::move(slots_, roomier.begin() + static_cast<std::ptrdiff_t>(room));
    slots_ = std::move(roomier);
    first_ = room;
  }

  std::vector<T> slots_;
  std::size_t first_ = 0;  // the slots before this one hold nothing
};

}  // namespace sluice::store
