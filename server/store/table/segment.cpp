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

std::size_t Segment::insert(Place place, void* node) {
  assert(size_ < capacity());
  const std::size_t home_index = home(place.position);
  std::size_t index = home_index;
  std::size_t distance = 0;
  while (bucket(index).free().empty()) {
    index = next(index);
    ++distance;
  }
  Bucket& here = bucket_at(index);
  here.put(here.free().first(), place.tag, Slot{node, place.position});
  ++size_;
  if (distance > bucket(home_index).reach()) bucket_at(home_index).set_reach(distance);
  return distance;
}

void* Segment::replace(Place place, const void* node, void* by) {
  const Location at = locate(place, [node](const void* other) { return other == node; });
  assert(at.found());
  void* old = at.node();
  at.bucket->replace(at.slot, Slot{by, place.position});
  return old;
}

void* Segment::erase(Place place, const void* node) {
  const Location at = locate(place, [node](const void* other) { return other == node; });
  assert(at.found());
  void* old = at.node();
  at.bucket->remove(at.slot);
  --size_;
  // The farthest one may have gone: the reach is that of the next farthest. Beyond what a reach can tell it stays
  // unknown.
  const std::size_t home_index = home(place.position);
  const std::size_t old_reach = bucket(home_index).reach();
  if (old_reach == 0 || old_reach == Bucket::reach_unknown) return old;
  std::size_t reach = old_reach;
  while (reach > 0 && !holds_node_of(home_index, reach)) --reach;
  if (reach != old_reach) bucket_at(home_index).set_reach(reach);
  return old;
}

bool Segment::holds_node_of(std::size_t home_index, std::size_t distance) const {
  const Bucket& there = bucket((home_index + distance) % bucket_count_);
  for (SlotSet used = there.used(); !used.empty(); used.drop_first()) {
    if (home(there[used.first()].position()) == home_index) return true;
  }
  return false;
}

void Segment::resize(std::size_t bucket_count) {
  std::vector<std::pair<Place, void*>> content;
  content.reserve(size_);
  for_each([&content](Place place, void* node) { content.emplace_back(place, node); });
  arrange_chunks(bucket_count);
  for (const auto& [place, node] : content) insert(place, node);
}

// How many buckets a chunk has.
std::size_t Segment::chunk_size(std::size_t chunk) const {
  const std::size_t before = chunk << chunk_bits_;
  return before >= bucket_count_ ? 0 : std::min(bucket_count_ - before, std::size_t{1} << chunk_bits_);
}

// Leaves the segment with this many empty buckets. A chunk of the right size is used again; the others are made before
// anything is given up.
void Segment::arrange_chunks(std::size_t bucket_count) {
  Segment wanted(depth_);
  wanted.chunk_bits_ = static_cast<std::uint8_t>(chunk_bits_for(bucket_count));
  wanted.bucket_count_ = static_cast<std::uint32_t>(bucket_count);
  for (std::size_t chunk = 0; chunk < chunk_count_max; ++chunk) {
    const std::size_t size = wanted.chunk_size(chunk);
    if (size != 0 && size != chunk_size(chunk)) wanted.chunks_[chunk] = std::make_unique<Bucket[]>(size);
  }
  for (std::size_t chunk = 0; chunk < chunk_count_max; ++chunk) {
    const std::size_t size = wanted.chunk_size(chunk);
    if (size == 0 || size != chunk_size(chunk)) continue;
    wanted.chunks_[chunk] = std::move(chunks_[chunk]);
    std::fill_n(wanted.chunks_[chunk].get(), size, Bucket{});
  }
  chunks_ = std::move(wanted.chunks_);
  chunk_bits_ = wanted.chunk_bits_;
  bucket_count_ = wanted.bucket_count_;
  size_ = 0;
}

}  // namespace sluice::store
