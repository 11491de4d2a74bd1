#include "server/store/values/intset.hpp"

#include <algorithm>
#include <bit>
#include <new>

#include "server/base/memory.hpp"

namespace sluice::store {

static_assert(std::endian::native == std::endian::little, "sets of integers are used as they lie in memory");

namespace {

std::size_t width_of(std::int64_t member) {
  if (member >= INT16_MIN && member <= INT16_MAX) return 2;
  return member >= INT32_MIN && member <= INT32_MAX ? 4 : 8;
}

}  // namespace

// --- IntsetView

bool IntsetView::is_valid(std::string_view bytes) {
  if (bytes.size() < header_bytes) return false;
  const IntsetView set(bytes.data());
  const std::size_t width = set.width();
  if (width != 2 && width != 4 && width != 8) return false;
  if (bytes.size() != header_bytes + set.size() * width) return false;
  for (std::size_t index = 1; index < set.size(); ++index) {
    if (set.at(index - 1) >= set.at(index)) return false;
  }
  return true;
}

template <class T>
std::size_t IntsetView::count_below_as(std::int64_t member) const {
  std::size_t first = 0;
  for (std::size_t count = size(); count > 0;) {
    const std::size_t half = count / 2;
    const bool is_below = member_as<T>(start_, first + half) < member;
    first = is_below ? first + half + 1 : first;
    count = is_below ? count - half - 1 : half;
  }
  return first;
}

std::size_t IntsetView::count_below(std::int64_t member) const {
  switch (width()) {
    case 2:
      return count_below_as<std::int16_t>(member);
    case 4:
      return count_below_as<std::int32_t>(member);
    default:
      return count_below_as<std::int64_t>(member);
  }
}

std::size_t IntsetView::count_below(std::int64_t member, std::size_t known) const {
  std::size_t first = known;
  std::size_t step = 1;
  for (; first + step <= size() && at(first + step - 1) < member; step *= 2) first += step;
  for (std::size_t count = std::min(step, size() - first); count > 0;) {
    const std::size_t half = count / 2;
    const bool is_below = at(first + half) < member;
    first = is_below ? first + half + 1 : first;
    count = is_below ? count - half - 1 : half;
  }
  return first;
}

bool IntsetView::contains(std::int64_t member) const {
  const std::size_t index = count_below(member);
  return index < size() && at(index) == member;
}

// --- Intset

const char Intset::empty_intset[IntsetView::header_bytes] = {2, 0, 0, 0, 0, 0, 0, 0};

bool Intset::add(std::int64_t member) {
  const std::size_t width = view().width();
  if (width_of(member) > width) {
    add_wider(member, width_of(member));
    return true;
  }
  const std::size_t size = view().size();
  const std::size_t index = view().count_below(member);
  if (index < size && view().at(index) == member) return false;
  make_room(view().byte_count() + width);
  char* const place = parts().start + IntsetView::header_bytes + index * width;
  std::memmove(place + width, place, (size - index) * width);
  store_header(width, size + 1);
  store_member(width, index, member);
  return true;
}

// Adds one that lies beyond all others, on one side or the other, and makes them as wide as it is.
void Intset::add_wider(std::int64_t member, std::size_t width) {
  const std::size_t old_width = view().width();
  const std::size_t size = view().size();
  make_room(IntsetView::header_bytes + (size + 1) * width);
  const std::size_t shift = member < 0 ? 1 : 0;
  // From the last to the first: no member is overwritten before it is read.
  for (std::size_t index = size; index-- > 0;) {
    store_member(width, index + shift, IntsetView::member_at(parts().start, old_width, index));
  }
  store_member(width, member < 0 ? 0 : size, member);
  store_header(width, size + 1);
}

bool Intset::remove(std::int64_t member) {
  const IntsetView before = view();
  const std::size_t size = before.size();
  const std::size_t index = before.count_below(member);
  if (index == size || before.at(index) != member) return false;
  const std::size_t width = before.width();
  char* const place = parts().start + IntsetView::header_bytes + index * width;
  std::memmove(place, place + width, (size - index - 1) * width);
  store_header(width, size - 1);
  give_memory_back();
  return true;
}

// Sees to room for a set of `byte_count` bytes.
void Intset::make_room(std::size_t byte_count) {
  PackedParts& present = parts();
  if (present.front + byte_count <= present.capacity) return;
  const std::string_view bytes = view().bytes();
  if (byte_count <= present.capacity) {
    char* const start = present.buffer();
    std::memmove(start, bytes.data(), bytes.size());
    present.start = start;
    present.front = 0;
    return;
  }
  const std::size_t capacity = growing_size(byte_count);
  char* const start = static_cast<char*>(::operator new(capacity));
  std::memcpy(start, bytes.data(), bytes.size());
  buffer_.keep({start, static_cast<std::uint32_t>(capacity), 0});
}

void Intset::store_member(std::size_t width, std::size_t index, std::int64_t member) {
  std::memcpy(parts().start + IntsetView::header_bytes + index * width, &member, width);
}

void Intset::store_header(std::size_t width, std::size_t size) {
  const auto width_field = static_cast<std::uint32_t>(width);
  const auto size_field = static_cast<std::uint32_t>(size);
  std::memcpy(parts().start, &width_field, sizeof(width_field));
  std::memcpy(parts().start + sizeof(width_field), &size_field, sizeof(size_field));
}

// When three quarters of it are free, if there is memory for that.
void Intset::give_memory_back() noexcept {
  constexpr std::size_t worthwhile_bytes = 256;
  const std::string_view bytes = view().bytes();
  if (parts().capacity < worthwhile_bytes || bytes.size() > parts().capacity / 4) return;
  const std::size_t capacity = growing_size(bytes.size() + bytes.size() / 4);
  char* const start = static_cast<char*>(::operator new(capacity, std::nothrow));
  if (start == nullptr) return;
  std::memcpy(start, bytes.data(), bytes.size());
  buffer_.keep({start, static_cast<std::uint32_t>(capacity), 0});
}

}  // namespace sluice::store
