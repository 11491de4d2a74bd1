#include "server/store/table/segment.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>
#include <vector>

#include "server/base/memory.hpp"

namespace sluice::store {

Segment::Segment(unsigned depth, std::size_t bucket_count) : depth_(static_cast<std::uint8_t>(depth)) {
  arrange_chunks(bucket_count);
}

std::size_t Segment::memory_bytes() const {
  return base::allocation_size(sizeof(Segment)) + bucket_count_ * sizeof(Bucket);
}

unsigned Segment::chunk_bits_for(std::size_t bucket_count) {
  const std::size_t least_chunk_size = (bucket_count + chunk_count_max - 1) / chunk_count_max;
  return std::max(chunk_bits_min, static_cast<unsigned>(std::bit_width(least_chunk_size - 1)));
}

std::size_t Segment::bucket_count_after(std::size_t bucket_count) {
  const std::size_t count = bucket_count + 1;
  const std::size_t chunk_size = std::size_t{1} << chunk_bits_for(count);
  return count < chunk_size ? count : (count + chunk_size - 1) / chunk_size * chunk_size;
}

std::size_t Segment::bucket_count_for(std::size_t size) {
  std::size_t bucket_count = 1;
  while (size_max(bucket_count) < size) bucket_count = bucket_count_after(bucket_count);
  return bucket_count;
}

std::size_t Segment::insert(Place place, Entry* entry) {
  assert(size_ < capacity());
  const std::size_t home_index = home(place.position);
  std::size_t index = home_index;
  std::size_t distance = 0;
  while (bucket(index).free().empty()) {
    index = next(index);
    ++distance;
  }
  Bucket& here = mutable_bucket(index);
  here.put(here.free().first(), place.tag, Slot{entry, place.position});
  ++size_;
  if (distance > bucket(home_index).reach()) mutable_bucket(home_index).set_reach(distance);
  return distance;
}

Entry* Segment::replace(Place place, const Entry* entry, Entry* by) {
  const Location at = locate(place, [entry](const Entry* other) { return other == entry; });
  assert(at.found());
  Entry* old = at.entry();
  at.mutable_bucket().replace(at.slot, Slot{by, place.position});
  return old;
}

Entry* Segment::erase(Place place, const Entry* entry) {
  const Location at = locate(place, [entry](const Entry* other) { return other == entry; });
  assert(at.found());
  Entry* old = at.entry();
  at.mutable_bucket().remove(at.slot);
  --size_;
  // The farthest one may have gone: the reach is that of the next farthest. Beyond what a reach can tell it stays
  // unknown.
  const std::size_t home_index = home(place.position);
  const std::size_t old_reach = bucket(home_index).reach();
  if (old_reach == 0 || old_reach == Bucket::reach_unknown) return old;
  std::size_t reach = old_reach;
  while (reach > 0 && !holds_entry_of(home_index, reach)) --reach;
  if (reach != old_reach) mutable_bucket(home_index).set_reach(reach);
  return old;
}

bool Segment::holds_entry_of(std::size_t home_index, std::size_t distance) const {
  const Bucket& there = bucket((home_index + distance) % bucket_count_);
  for (SlotSet used = there.used(); !used.empty(); used.drop_first()) {
    if (home(there[used.first()].position()) == home_index) return true;
  }
  return false;
}

void Segment::resize(std::size_t bucket_count) {
  std::vector<std::pair<Place, Entry*>> content;
  content.reserve(size_);
  for_each([&content](Place place, Entry* entry) { content.emplace_back(place, entry); });
  arrange_chunks(bucket_count);
  for (const auto& [place, entry] : content) insert(place, entry);
}

// Leaves the segment with this many empty buckets. A chunk of the right size is used again.
void Segment::arrange_chunks(std::size_t bucket_count) {
  const auto buckets_in_chunk = [](std::size_t chunk, std::size_t count, unsigned chunk_bits) {
    const std::size_t before = chunk << chunk_bits;
    return before >= count ? 0 : std::min(count - before, std::size_t{1} << chunk_bits);
  };
  const unsigned chunk_bits = chunk_bits_for(bucket_count);
  for (std::size_t chunk = 0; chunk < chunk_count_max; ++chunk) {
    const std::size_t count = buckets_in_chunk(chunk, bucket_count, chunk_bits);
    if (count == buckets_in_chunk(chunk, bucket_count_, chunk_bits_)) {
      std::fill_n(chunks_[chunk].get(), count, Bucket{});
    } else {
      chunks_[chunk] = count == 0 ? nullptr : std::make_unique<Bucket[]>(count);
    }
  }
  chunk_bits_ = static_cast<std::uint8_t>(chunk_bits);
  bucket_count_ = static_cast<std::uint32_t>(bucket_count);
  size_ = 0;
}

}  // namespace sluice::store
