#include "server/tracking/read_keys.hpp"

#include <algorithm>
#include <utility>

namespace sluice::tracking {

ReadKeys::ReadKeys() : readers_(0, Hash{base::KeyHasher(base::random_seed())}), random_(base::random_seed()) {}

void ReadKeys::remember(std::string_view key, std::uint64_t reader) {
  auto found = readers_.find(key);
  if (found == readers_.end()) found = readers_.emplace(key, Readers()).first;
  Readers& readers = found->second;
  const auto place = std::ranges::lower_bound(readers, reader);
  if (place != readers.end() && *place == reader) return;
  readers.insert(place, reader);
  ++reader_count_;
}

ReadKeys::Readers ReadKeys::take(std::string_view key) {
  const auto found = readers_.find(key);
  if (found == readers_.end()) return {};
  Readers readers = std::move(found->second);
  readers_.erase(found);
  reader_count_ -= readers.size();
  return readers;
}

ReadKeys::Taken ReadKeys::take_any() {
  shrink_if_sparse();
  std::size_t bucket = random_.below(readers_.bucket_count());
  while (readers_.begin(bucket) == readers_.end(bucket)) bucket = (bucket + 1) % readers_.bucket_count();
  std::string key = readers_.begin(bucket)->first;
  Readers readers = take(key);
  return {std::move(key), std::move(readers)};
}

// Bounds the search for a bucket with something in it.
void ReadKeys::shrink_if_sparse() {
  constexpr std::size_t buckets_per_key_max = 8;
  if (readers_.bucket_count() > buckets_per_key_max * readers_.size()) readers_.rehash(0);
}

}  // namespace sluice::tracking
