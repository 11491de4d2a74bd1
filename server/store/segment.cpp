#include "server/store/segment.hpp"

#include <cassert>
#include <utility>

namespace sluice::store {

Segment::Segment(unsigned depth, std::size_t bucket_count)
    : buckets_(std::make_unique<Bucket[]>(bucket_count)),
      bucket_count_(static_cast<std::uint32_t>(bucket_count)),
      depth_(depth) {}

std::size_t Segment::memory_bytes() const {
  return base::allocation_size(sizeof(Segment)) + bucket_count_ * sizeof(Bucket);
}

std::size_t Segment::bucket_count_after(std::size_t bucket_count) {
  return base::allocation_size((bucket_count + 1) * sizeof(Bucket)) / sizeof(Bucket);
}

std::size_t Segment::bucket_count_for(std::size_t size) {
  std::size_t bucket_count = 1;
  while (size_max(bucket_count) < size) bucket_count = bucket_count_after(bucket_count);
  return bucket_count;
}

std::size_t Segment::insert(Place place, Entry* entry) {
  assert(size_ < capacity());
  std::size_t index = home(place.position);
  std::size_t passed = 0;
  while (buckets_[index].free().empty()) {
    buckets_[index].add_overflow();
    index = next(index);
    ++passed;
  }
  Bucket& bucket = buckets_[index];
  bucket.put(bucket.free().first(), place.tag, Slot{entry, place.position});
  ++size_;
  return passed;
}

Entry* Segment::replace(Place place, const Entry* entry, Entry* by) {
  const Location found = locate(place, [entry](const Entry* other) { return other == entry; });
  assert(found.bucket != nullptr);
  Entry* old = (*found.bucket)[found.slot].entry();
  found.bucket->replace(found.slot, Slot{by, place.position});
  return old;
}

Entry* Segment::erase(Place place, const Entry* entry) {
  const Location found = locate(place, [entry](const Entry* other) { return other == entry; });
  assert(found.bucket != nullptr);
  Entry* old = (*found.bucket)[found.slot].entry();
  found.bucket->remove(found.slot);
  for (std::size_t index = home(place.position); &buckets_[index] != found.bucket; index = next(index)) {
    buckets_[index].drop_overflow();
  }
  --size_;
  return old;
}

void Segment::resize(std::size_t bucket_count) {
  Segment resized{depth_, bucket_count};
  for_each([&resized](Place place, Entry* entry) { resized.insert(place, entry); });
  std::swap(buckets_, resized.buckets_);
  bucket_count_ = resized.bucket_count_;
}

}  // namespace sluice::store
