#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "server/store/types.hpp"
#include "server/store/values/listpack_view.hpp"
#include "server/store/values/packed.hpp"

namespace sluice::store {

// Owns a listpack and changes it. The bytes are a whole listpack after every change, ready to be saved; they lie
// somewhere in a larger buffer, and whatever is added or taken away moves the shorter side of the rest into or out of
// the free room before or behind. So adding and removing at either end costs O(bytes added or removed), amortised, and
// in the middle O(bytes to the nearer end).
//
// All empty ones that were never filled share seven bytes, and have no buffer.
class Listpack {
 public:
  // A listpack must not grow beyond this; check with has_room_for().
  static constexpr std::size_t byte_count_max = PackedText::text_bytes_max + 64;

  Listpack() = default;
  explicit Listpack(ListpackView source);  // a copy

  // Takes the buffer over; release() gives it away.
  explicit Listpack(const PackedParts& parts) : start_(parts.start), capacity_(parts.capacity), front_(parts.front) {}
  PackedParts release() {
    const PackedParts parts{start_, capacity_, front_};
    start_ = nullptr;
    capacity_ = front_ = 0;
    return parts;
  }
  // An empty one with room for `bytes` of elements that will be added at `side`.
  Listpack(std::size_t bytes, Side side);
  Listpack(Listpack&& other) noexcept { swap(other); }
  Listpack& operator=(Listpack&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Listpack() {
    if (has_buffer()) free_buffer();
  }

  ListpackView view() const { return ListpackView(start_ == nullptr ? empty_listpack : start_); }
  bool empty() const { return view().empty(); }
  std::size_t byte_count() const { return view().byte_count(); }
  bool has_room_for(std::size_t bytes) const { return bytes <= byte_count_max - byte_count(); }
  std::size_t memory_bytes() const { return capacity_; }

  // Offsets are those of ListpackView; they and all views are invalid after a change. `text` must not view into this
  // listpack.
  void append(const PackedText& text);
  void prepend(const PackedText& text);
  void insert(std::size_t offset, const PackedText& text);  // before the element there, or at the end
  void insert(std::size_t offset, std::span<const PackedText> texts);
  void append(std::span<const PackedText> texts) { insert(byte_count() - 1, texts); }
  void replace(std::size_t offset, const PackedText& text);
  // Moves the elements from `first` up to `last` to before the one at `to`, which must not be among them.
  void move(std::size_t first, std::size_t last, std::size_t to);
  // Removes the bytes from `first` up to `last`, which are `count` elements.
  void erase(std::size_t first, std::size_t last, std::size_t count);
  void erase_first();  // must not be empty
  void erase_last();   // must not be empty
  // Removes the last of every `stride` elements, of which there must be a multiple.
  void erase_every(std::size_t stride);

  // Removes the first `count_max` elements that equal `text`, seen from `from`; returns how many. O(bytes).
  std::size_t erase_equal(const PackedText& text, std::size_t count_max, Side from);

  // Adds all elements of `other` behind the own ones, or before them.
  void append_all(ListpackView other) { insert_all(byte_count() - 1, other); }
  void prepend_all(ListpackView other) { insert_all(ListpackView::header_bytes, other); }
  // Takes the elements from `offset` on away and returns them.
  Listpack split(std::size_t offset);

 private:
  static const char empty_listpack[ListpackView::empty_bytes];

  bool has_buffer() const { return capacity_ != 0; }
  char* buffer() { return start_ - front_; }
  // Inlined, it would make g++ 12 warn of freeing the seven bytes that are shared.
  [[gnu::noinline]] void free_buffer();
  void move_start(std::ptrdiff_t by) {
    start_ += by;
    front_ = static_cast<std::uint32_t>(front_ + by);
  }
  void swap(Listpack& other) noexcept {
    std::swap(start_, other.start_);
    std::swap(capacity_, other.capacity_);
    std::swap(front_, other.front_);
  }
  char* open_gap(std::size_t offset, std::size_t bytes, std::size_t count);
  void close_gap(std::size_t offset, std::size_t bytes, std::size_t count);
  void make_room(std::size_t bytes, bool in_front);
  // Gives memory back when three quarters of it are free, if there is memory for that.
  void shrink() {
    constexpr std::size_t worthwhile_bytes = 256;
    if (capacity_ >= worthwhile_bytes && byte_count() <= capacity_ / 4) give_memory_back();
  }
  void give_memory_back() noexcept;
  void move_to(std::size_t capacity, std::size_t front);
  void insert_all(std::size_t offset, ListpackView other);
  void store_header(std::size_t byte_count, std::size_t count);
  // The element count for store_header() when so many come or go. An unknown count stays unknown.
  std::size_t count_with(std::size_t added) const { return view().stored_count() + added; }
  std::size_t count_without(std::size_t erased) const {
    const std::size_t stored = view().stored_count();
    return stored == ListpackView::count_unknown ? stored : stored - erased;
  }

  char* start_ = nullptr;       // in the buffer; null while there is none, which makes an empty listpack
  std::uint32_t capacity_ = 0;  // of the buffer
  std::uint32_t front_ = 0;     // where in there the listpack begins
};

}  // namespace sluice::store
