#include "server/store/values/listpack.hpp"

#include <algorithm>
#include <bit>
#include <new>

#include "server/base/memory.hpp"

namespace sluice::store {

namespace {

char* allocate(std::size_t bytes) {
  return static_cast<char*>(::operator new(bytes));
}

}  // namespace

const char Listpack::empty_listpack[ListpackView::empty_bytes] = {ListpackView::empty_bytes, 0, 0, 0, 0, 0, '\xff'};

Listpack::Listpack(ListpackView source) {
  const std::size_t bytes = source.byte_count();
  const std::size_t capacity = base::allocation_size(bytes);
  start_ = allocate(capacity);
  capacity_ = static_cast<std::uint32_t>(capacity);
  std::memcpy(start_, source.data(), bytes);
}

Listpack::Listpack(std::size_t bytes, Side side) {
  const std::size_t capacity = base::allocation_size(ListpackView::empty_bytes + bytes);
  move_to(capacity, side == Side::head ? capacity - ListpackView::empty_bytes : 0);
}

// --- The ends, which queues and stacks live on: nothing but the header and the end mark moves.

void Listpack::append(const PackedText& text) {
  const std::size_t total = byte_count();
  const std::size_t bytes = text.byte_count();
  if (front_ + total + bytes > capacity_) make_room(bytes, false);
  char* const end = text.write(start_ + total - 1);
  *end = static_cast<char>(ListpackView::end_mark);
  store_header(total + bytes, count_with(1));
}

void Listpack::prepend(const PackedText& text) {
  const std::size_t total = byte_count();
  const std::size_t bytes = text.byte_count();
  if (front_ < bytes) make_room(bytes, true);
  const std::size_t count = count_with(1);
  move_start(-static_cast<std::ptrdiff_t>(bytes));
  store_header(total + bytes, count);
  text.write(start_ + ListpackView::header_bytes);
}

void Listpack::erase_first() {
  ListpackView::Iterator next = view().begin();
  ++next;
  const std::size_t bytes = view().offset_of(next) - ListpackView::header_bytes;
  const std::size_t total = byte_count() - bytes;
  const std::size_t count = count_without(1);
  move_start(static_cast<std::ptrdiff_t>(bytes));
  store_header(total, count);
  shrink();
}

void Listpack::erase_last() {
  ListpackView::Iterator last = view().end();
  --last;
  const std::size_t end_offset = view().offset_of(last);
  start_[end_offset] = static_cast<char>(ListpackView::end_mark);
  store_header(end_offset + 1, count_without(1));
  shrink();
}

// --- Anywhere

void Listpack::insert(std::size_t offset, const PackedText& text) {
  text.write(open_gap(offset, text.byte_count(), 1));
}

void Listpack::insert(std::size_t offset, std::span<const PackedText> texts) {
  std::size_t bytes = 0;
  for (const PackedText& text : texts) bytes += text.byte_count();
  char* out = open_gap(offset, bytes, texts.size());
  for (const PackedText& text : texts) out = text.write(out);
}

void Listpack::replace(std::size_t offset, const PackedText& text) {
  ListpackView::Iterator next = view().at_offset(offset);
  ++next;
  const std::size_t old_bytes = view().offset_of(next) - offset;
  const std::size_t new_bytes = text.byte_count();
  if (new_bytes > old_bytes) open_gap(offset, new_bytes - old_bytes, 0);
  if (new_bytes < old_bytes) close_gap(offset, old_bytes - new_bytes, 0);
  text.write(start_ + offset);
  if (new_bytes < old_bytes) shrink();
}

void Listpack::erase(std::size_t first, std::size_t last, std::size_t count) {
  if (first == last) return;
  close_gap(first, last - first, count);
  shrink();
}

void Listpack::move(std::size_t first, std::size_t last, std::size_t to) {
  char* const begin = start_;
  if (to < first) {
    std::rotate(begin + to, begin + first, begin + last);
  } else {
    std::rotate(begin + first, begin + last, begin + to);
  }
}

void Listpack::erase_every(std::size_t stride) {
  const ListpackView all = view();
  const auto end = all.end();
  char* kept_end = start_ + ListpackView::header_bytes;
  std::size_t erased = 0;
  for (auto element = all.begin(); element != end; ++erased) {
    const char* const begin = element.at_;
    for (std::size_t steps = stride - 1; steps > 0; --steps) ++element;
    const auto bytes = static_cast<std::size_t>(element.at_ - begin);
    ++element;
    std::memmove(kept_end, begin, bytes);
    kept_end += bytes;
  }
  if (erased == 0) return;
  *kept_end++ = static_cast<char>(ListpackView::end_mark);
  store_header(static_cast<std::size_t>(kept_end - start_), count_without(erased));
  shrink();
}

std::size_t Listpack::erase_equal(const PackedText& text, std::size_t count_max, Side from) {
  const ListpackView all = view();
  const std::size_t matches = all.count_equal(text);
  if (matches == 0 || count_max == 0) return 0;
  const std::size_t skip = from == Side::head ? 0 : matches - std::min(matches, count_max);
  std::size_t met = 0;
  std::size_t erased = 0;
  char* kept_end = start_ + ListpackView::header_bytes;
  const auto end = all.end();
  for (auto element = all.begin(); element != end;) {
    const char* const begin = element.at_;
    const bool is_equal = text == element.take();
    if (is_equal && met++ >= skip && erased < count_max) {
      ++erased;
      continue;
    }
    const auto bytes = static_cast<std::size_t>(element.at_ - begin);
    if (kept_end != begin) std::memmove(kept_end, begin, bytes);
    kept_end += bytes;
  }
  *kept_end++ = static_cast<char>(ListpackView::end_mark);
  store_header(static_cast<std::size_t>(kept_end - start_), count_without(erased));
  shrink();
  return erased;
}

Listpack Listpack::split(std::size_t offset) {
  const ListpackView all = view();
  std::size_t moved_count = 0;
  for (auto element = all.at_offset(offset); element != all.end(); ++element) ++moved_count;
  const std::size_t moved_bytes = all.byte_count() - 1 - offset;
  Listpack moved;
  if (moved_count == 0) return moved;
  std::memcpy(moved.open_gap(ListpackView::header_bytes, moved_bytes, moved_count), start_ + offset, moved_bytes);
  erase(offset, offset + moved_bytes, moved_count);
  return moved;
}

void Listpack::insert_all(std::size_t offset, ListpackView other) {
  const std::size_t bytes = other.byte_count() - ListpackView::empty_bytes;
  if (bytes == 0) return;
  std::memcpy(open_gap(offset, bytes, other.size()), other.data() + ListpackView::header_bytes, bytes);
}

// --- The buffer

// Makes the listpack `bytes` longer; the new bytes, at `offset`, are not initialised and counted as `count` elements.
// Returns where they are.
char* Listpack::open_gap(std::size_t offset, std::size_t bytes, std::size_t count) {
  const std::size_t total = byte_count();
  const bool moves_front = offset < total - offset;
  if (!has_buffer() || (moves_front ? front_ : capacity_ - front_ - total) < bytes) make_room(bytes, moves_front);
  if (moves_front) {
    std::memmove(start_ - bytes, start_, offset);
    move_start(-static_cast<std::ptrdiff_t>(bytes));
  } else {
    std::memmove(start_ + offset + bytes, start_ + offset, total - offset);
  }
  store_header(total + bytes, count_with(count));
  return start_ + offset;
}

// Takes `bytes` bytes from `offset` on away, which are `count` elements.
void Listpack::close_gap(std::size_t offset, std::size_t bytes, std::size_t count) {
  const std::size_t total = byte_count();
  const std::size_t behind = total - offset - bytes;
  if (offset < behind) {
    std::memmove(start_ + bytes, start_, offset);
    move_start(static_cast<std::ptrdiff_t>(bytes));
  } else {
    std::memmove(start_ + offset, start_ + offset + bytes, behind);
  }
  store_header(total - bytes, count_without(count));
}

// Sees to at least `bytes` free bytes before or behind the listpack. Moving it within the buffer has to gain an eighth
// of what it moves, or a queue that goes in at one end and out at the other would move it all the time.
void Listpack::make_room(std::size_t bytes, bool in_front) {
  const std::size_t total = byte_count();
  if (!has_buffer()) return move_to(base::allocation_size(total + bytes), in_front ? bytes : 0);
  const std::size_t free = capacity_ - total;
  if (free >= bytes + total / 8) {
    const std::size_t spare = (free - bytes) / 2;
    move_to(capacity_, in_front ? bytes + spare : spare);
    return;
  }
  const std::size_t needed = total + bytes;
  const std::size_t capacity = free >= bytes ? base::allocation_size(needed + needed / 4) : growing_size(needed);
  move_to(capacity, in_front ? capacity - total : 0);
}

void Listpack::give_memory_back() noexcept {
  const std::size_t total = byte_count();
  const std::size_t capacity = growing_size(total + total / 4);
  try {
    move_to(capacity, (capacity - total) / 2);
  } catch (const std::bad_alloc&) {
    return;
  }
}

// Puts the listpack at `front` of a buffer of `capacity` bytes, which is another one if the capacity is another one.
void Listpack::move_to(std::size_t capacity, std::size_t front) {
  const std::size_t total = byte_count();
  if (capacity == capacity_) {
    char* const moved = buffer() + front;
    std::memmove(moved, start_, total);
    start_ = moved;
  } else {
    char* const moved = allocate(capacity) + front;
    std::memcpy(moved, view().data(), total);
    if (has_buffer()) free_buffer();
    start_ = moved;
    capacity_ = static_cast<std::uint32_t>(capacity);
  }
  front_ = static_cast<std::uint32_t>(front);
}

// There must be one. Leaves the members as they were.
void Listpack::free_buffer() {
  ::operator delete(buffer(), capacity_);
}

// A `count` that the field cannot hold becomes count_unknown.
void Listpack::store_header(std::size_t byte_count, std::size_t count) {
  const auto bytes_field = static_cast<std::uint32_t>(byte_count);
  const auto count_field = static_cast<std::uint16_t>(std::min(count, ListpackView::count_unknown));
  std::memcpy(start_, &bytes_field, sizeof(bytes_field));
  std::memcpy(start_ + sizeof(bytes_field), &count_field, sizeof(count_field));
}

}  // namespace sluice::store
