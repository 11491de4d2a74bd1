#include "server/store/values/chunked_list.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace sluice::store {

ChunkedList::ChunkedList(Listpack&& first) : size_(first.view().size()), packed_bytes_(first.memory_bytes()) {
  chunks_.reserve_one();
  chunks_.push_back({std::move(first), static_cast<std::uint32_t>(size_)});
}

ChunkedList::ChunkedList(const ChunkedList& other) : size_(other.size_) {
  for (std::size_t number = 0; number < other.chunks_.size(); ++number) {
    const Chunk& chunk = other.chunks_[number];
    chunks_.push_back({Listpack(chunk.elements.view()), chunk.count});
    packed_bytes_ += chunks_.back().elements.memory_bytes();
  }
}

ChunkedList::Place ChunkedList::locate(std::size_t index) const {
  if (index >= size_ / 2) {
    std::size_t first = size_;  // the index of the first element of the chunk looked at
    std::size_t number = chunks_.size();
    while (first > index) first -= chunks_[--number].count;
    return {number, index - first};
  }
  std::size_t number = 0;
  for (; index >= chunks_[number].count; ++number) index -= chunks_[number].count;
  return {number, index};
}

template <class Change>
void ChunkedList::edit(Chunk& chunk, std::ptrdiff_t added_count, Change&& change) {
  const std::size_t bytes_before = chunk.elements.memory_bytes();
  change(chunk.elements);
  packed_bytes_ = packed_bytes_ - bytes_before + chunk.elements.memory_bytes();
  chunk.count = static_cast<std::uint32_t>(chunk.count + added_count);
  size_ = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(size_) + added_count);
}

void ChunkedList::push(Side side, const PackedText& text, const ListLimits& limits) {
  if (chunks_.empty() || !fits(end_chunk(side), text, limits)) add_end_chunk(side, text, limits);
  edit(end_chunk(side), 1,
       [&](Listpack& elements) { side == Side::head ? elements.prepend(text) : elements.append(text); });
}

void ChunkedList::pop(Side side) {
  Chunk& chunk = end_chunk(side);
  if (chunk.count == 1) {
    const std::size_t number = side == Side::head ? 0 : chunks_.size() - 1;
    return drop_chunks(number, number + 1);
  }
  edit(chunk, -1, [&](Listpack& elements) { side == Side::head ? elements.erase_first() : elements.erase_last(); });
}

void ChunkedList::insert(std::size_t index, const PackedText& text, const ListLimits& limits) {
  if (index == 0 || index == size_) return push(index == 0 ? Side::head : Side::tail, text, limits);
  const Place place = locate(index);
  const auto append_to = [&](std::size_t number) {
    edit(chunks_[number], 1, [&](Listpack& elements) { elements.append(text); });
  };
  if (fits(chunks_[place.chunk], text, limits)) {
    return edit(chunks_[place.chunk], 1, [&](Listpack& elements) {
      const ListpackView view = elements.view();
      elements.insert(view.offset_of(view.at(place.index)), text);
    });
  }
  // Now the chunk is divided where the element goes, unless it begins there.
  if (place.index == 0) {
    return fits(chunks_[place.chunk - 1], text, limits) ? append_to(place.chunk - 1) : add_chunk(place.chunk, text);
  }
  split(place);
  if (fits(chunks_[place.chunk], text, limits)) {
    append_to(place.chunk);
  } else if (fits(chunks_[place.chunk + 1], text, limits)) {
    edit(chunks_[place.chunk + 1], 1, [&](Listpack& elements) { elements.prepend(text); });
  } else {
    add_chunk(place.chunk + 1, text);
  }
}

void ChunkedList::set(std::size_t index, const PackedText& text, const ListLimits& limits) {
  const Place place = locate(index);
  Chunk& chunk = chunks_[place.chunk];
  // Not quite exact, as the old element's bytes would become free; that only divides a full chunk a little early.
  if (chunk.count == 1 || limits.allow(chunk.elements.byte_count() + text.byte_count(), chunk.count)) {
    edit(chunk, 0, [&](Listpack& elements) {
      const ListpackView view = elements.view();
      elements.replace(view.offset_of(view.at(place.index)), text);
    });
  } else {
    // The new element first: adding may fail.
    insert(index, text, limits);
    const Place old = locate(index + 1);
    chunks_[old.chunk].count == 1 ? drop_chunks(old.chunk, old.chunk + 1) : erase_in_chunk(old, 1);
  }
}

void ChunkedList::erase(std::size_t first, std::size_t count, const ListLimits& limits) {
  if (count == 0) return;
  Place place = locate(first);
  const std::size_t here = chunks_[place.chunk].count;
  if (place.index > 0 || count < here) {
    const std::size_t erased = std::min(count, here - place.index);
    erase_in_chunk(place, erased);
    count -= erased;
    ++place.chunk;
  }
  std::size_t last = place.chunk;
  for (; count > 0 && chunks_[last].count <= count; ++last) count -= chunks_[last].count;
  drop_chunks(place.chunk, last);
  if (count > 0) erase_in_chunk({place.chunk, 0}, count);
  merge_around(place.chunk, limits);
}

std::size_t ChunkedList::remove(const PackedText& text, std::size_t count_max, Side from, const ListLimits& limits) {
  std::size_t removed = 0;
  std::size_t visited = 0;
  for (; visited < chunks_.size() && removed < count_max; ++visited) {
    const std::size_t number = from == Side::head ? visited : chunks_.size() - 1 - visited;
    removed += remove_in_chunk(number, text, count_max - removed, from);
  }
  const std::size_t first = from == Side::head ? 0 : chunks_.size() - visited;
  compact(first, first + visited, limits);
  return removed;
}

std::size_t ChunkedList::remove_in_chunk(std::size_t number, const PackedText& text, std::size_t count_max, Side from) {
  std::size_t removed = 0;
  edit(chunks_[number], 0, [&](Listpack& elements) { removed = elements.erase_equal(text, count_max, from); });
  chunks_[number].count -= static_cast<std::uint32_t>(removed);
  size_ -= removed;
  return removed;
}

Listpack ChunkedList::take_only_chunk() {
  Listpack only = std::move(chunks_.front().elements);
  chunks_.clear();
  size_ = 0;
  packed_bytes_ = 0;
  return only;
}

void ChunkedList::add_chunk(std::size_t number, const PackedText& text) {
  Listpack elements;
  elements.append(text);
  chunks_.reserve_one();
  packed_bytes_ += elements.memory_bytes();
  chunks_.insert(number, {std::move(elements), 1});
  ++size_;
}

// Adds an empty chunk at `side`, to which `text` is about to come.
//
// A list that has come so far is likely to go on. So the chunk gets room for as many elements like `text` as it may
// have, instead of growing with them, but not more than an eighth of what the list holds already.
void ChunkedList::add_end_chunk(Side side, const PackedText& text, const ListLimits& limits) {
  const std::size_t element_bytes = text.byte_count();
  const std::size_t alike_max =
      std::min((limits.bytes_max - ListpackView::empty_bytes) / element_bytes, limits.count_max);
  const std::size_t room = std::max(std::min(alike_max * element_bytes, packed_bytes_ / 8), element_bytes);
  Chunk chunk{.elements = Listpack(room, side)};
  chunks_.reserve_one(side == Side::head);
  packed_bytes_ += chunk.elements.memory_bytes();
  side == Side::head ? chunks_.push_front(std::move(chunk)) : chunks_.push_back(std::move(chunk));
}

// Divides a chunk before the element at `place`, which must not be its first.
void ChunkedList::split(const Place& place) {
  chunks_.reserve_one();
  Listpack behind;
  const std::size_t count = chunks_[place.chunk].count - place.index;
  edit(chunks_[place.chunk], -static_cast<std::ptrdiff_t>(count), [&](Listpack& elements) {
    const ListpackView view = elements.view();
    behind = elements.split(view.offset_of(view.at(place.index)));
  });
  packed_bytes_ += behind.memory_bytes();
  size_ += count;
  chunks_.insert(place.chunk + 1, {std::move(behind), static_cast<std::uint32_t>(count)});
}

void ChunkedList::erase_in_chunk(const Place& place, std::size_t count) {
  edit(chunks_[place.chunk], -static_cast<std::ptrdiff_t>(count), [&](Listpack& elements) {
    const ListpackView view = elements.view();
    auto last = view.at(place.index);
    const std::size_t first_offset = view.offset_of(last);
    for (std::size_t steps = count; steps > 0; --steps) ++last;
    elements.erase(first_offset, view.offset_of(last), count);
  });
}

void ChunkedList::drop_chunks(std::size_t first, std::size_t last) {
  for (std::size_t number = first; number < last; ++number) {
    size_ -= chunks_[number].count;
    packed_bytes_ -= chunks_[number].elements.memory_bytes();
  }
  chunks_.erase(first, last);
}

// After a change at chunk `number` or the one before.
void ChunkedList::merge_around(std::size_t number, const ListLimits& limits) {
  for (std::size_t step = 0; step < 3 && step <= number; ++step) merge_with_next(number - step, limits);
}

// Makes one chunk of two if that would still be half empty. So erasing here and there does not leave crumbs, and what
// was merged is not divided again by the next insertion.
void ChunkedList::merge_with_next(std::size_t number, const ListLimits& limits) {
  if (number + 1 < chunks_.size() && append_chunk(number, number + 1, limits)) drop_chunks(number + 1, number + 2);
}

// Adds the elements of chunk `from` to those of chunk `to`, if that would still be half empty; then `from` is to be
// dropped.
bool ChunkedList::append_chunk(std::size_t to, std::size_t from, const ListLimits& limits) {
  const Chunk& appended = chunks_[from];
  const std::size_t bytes = chunks_[to].elements.byte_count() + appended.elements.byte_count();
  const std::size_t count = std::size_t{chunks_[to].count} + appended.count;
  if (!limits.allow(2 * bytes, 2 * count)) return false;
  try {
    edit(chunks_[to], static_cast<std::ptrdiff_t>(appended.count),
         [&](Listpack& elements) { elements.append_all(appended.elements.view()); });
  } catch (const std::bad_alloc&) {
    return false;  // two chunks do as well as one
  }
  return true;
}

// Drops the empty ones of the chunks from `first` to before `last`, and merges neighbours among the others; in one
// pass, as dropping each by itself would move all that are behind it.
void ChunkedList::compact(std::size_t first, std::size_t last, const ListLimits& limits) {
  std::size_t kept_end = first;
  for (std::size_t number = first; number < last; ++number) {
    if (chunks_[number].count == 0) continue;
    if (kept_end > first && append_chunk(kept_end - 1, number, limits)) continue;
    if (kept_end != number) std::swap(chunks_[kept_end], chunks_[number]);
    ++kept_end;
  }
  drop_chunks(kept_end, last);
}

}  // namespace sluice::store
