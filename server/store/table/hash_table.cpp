#include "server/store/table/hash_table.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <utility>

namespace sluice::store {

namespace {

constexpr std::uint64_t all_bits = std::numeric_limits<std::uint64_t>::max();

// The lowest hash that begins with the same `depth` bits. `depth` is below 64.
std::uint64_t range_start(std::uint64_t hash, unsigned depth) {
  return hash & ~(all_bits >> depth);
}

void prefetch_line(const void* address) {
  __builtin_prefetch(address);
  // g++ 12 takes a function that only prefetches for one without effect, and its link-time optimiser drops the call.
  asm volatile("" : : "r"(address));
}

}  // namespace

HashTable::HashTable(Hash hash) : hash_(std::move(hash)) {
  directory_.push_back(make_segment(0, 1));
}

HashTable::HashTable(HashTable&& other) : HashTable(other.hash_) {
  swap(other);
}

HashTable::~HashTable() {
  for (std::size_t index = 0; index < directory_.size();) {
    const std::unique_ptr<Segment> segment{directory_[index]};
    segment->for_each([](Place, const Entry* entry) { prefetch_line(entry); });
    segment->for_each([](Place, Entry* entry) { EntryDeleter{}(entry); });
    index += std::size_t{1} << (depth_ - segment->depth());
  }
}

void HashTable::swap(HashTable& other) noexcept {
  std::swap(hash_, other.hash_);
  std::swap(depth_, other.depth_);
  std::swap(directory_, other.directory_);
  std::swap(segment_counts_, other.segment_counts_);
  std::swap(size_, other.size_);
  std::swap(segment_bytes_, other.segment_bytes_);
}

std::size_t HashTable::memory_bytes() const {
  return segment_bytes_ + directory_.capacity() * sizeof(Segment*);
}

// One function with all that a look-up takes, which is what nearly every command begins with.
Entry* HashTable::find(const Key& key) const {
  const Segment& segment = segment_of(key.hash);
  return segment.find(segment.place(key.hash), key.bytes);
}

Entry& HashTable::insert(std::uint64_t hash, OwnedEntry owned) {
  const Segment& crowded = segment_of(hash);
  if (crowded.size() >= Segment::size_max(crowded.bucket_count())) make_room(hash);
  Segment& segment = segment_of(hash);
  Entry& entry = *owned.release();
  const std::size_t probe_length = segment.insert(segment.place(hash), &entry);
  ++size_;
  // Below half the load it is the hashes that are bad, and more room would not mend it.
  if (probe_length > probe_length_max && segment.size() * 2 > segment.capacity()) make_room(hash);
  return entry;
}

OwnedEntry HashTable::replace(std::uint64_t hash, const Entry& entry, OwnedEntry fresh) {
  Segment& segment = segment_of(hash);
  return OwnedEntry{segment.replace(segment.place(hash), &entry, fresh.release())};
}

OwnedEntry HashTable::erase(std::uint64_t hash, const Entry& entry) {
  Segment& segment = segment_of(hash);
  OwnedEntry erased{segment.erase(segment.place(hash), &entry)};
  --size_;
  if (segment.size() * 3 < segment.capacity()) give_back_room(hash);
  return erased;
}

const Entry* HashTable::random_entry(base::Random& random) const {
  constexpr int tries_max = 128;
  if (size_ == 0) return nullptr;
  for (int tries = 0; tries < tries_max; ++tries) {
    const std::uint64_t hash = random.next();
    const Segment& segment = segment_of(hash);
    const Bucket& bucket = segment.bucket(segment.home(segment.place(hash).position));
    const auto slot = static_cast<unsigned>(random.below(Bucket::slot_count));
    if (bucket.used().contains(slot)) return bucket[slot].entry();
  }
  // Only a table of very few entries has so many free slots: the next one in hash order will do.
  const Entry* entry = nullptr;
  std::size_t visited = 0;
  for (std::uint64_t hash = random.next(); visited == 0;) {
    hash = visit_bucket(hash, [&entry](const Entry& met) { entry = &met; }, visited);
  }
  return entry;
}

std::uint64_t HashTable::scan(std::uint64_t cursor, std::size_t count, const Visitor& visitor) const {
  // Bounds a call in a sparse part of the table, as Redis does.
  constexpr std::size_t buckets_per_entry_max = 10;
  std::uint64_t hash = cursor << cursor_shift;
  std::size_t visited = 0;
  std::size_t buckets = 0;
  do {
    hash = visit_bucket(hash, visitor, visited);
    ++buckets;
  } while (hash != 0 && visited < count && buckets / buckets_per_entry_max < count);
  return hash >> cursor_shift;
}

void HashTable::for_each(const Visitor& visitor) const {
  std::uint64_t hash = 0;
  std::size_t visited = 0;
  do {
    hash = visit_bucket(hash, visitor, visited);
  } while (hash != 0);
}

// Visits the home bucket that `from_hash` belongs to, from there on; returns the first hash of the next bucket, 0 after
// the last.
std::uint64_t HashTable::visit_bucket(std::uint64_t from_hash, const Visitor& visitor, std::size_t& visited) const {
  const Segment& segment = segment_of(from_hash);
  std::uint32_t position = segment.place(from_hash).position;
  segment.visit_home(position, [&](const Entry* entry) {
    visitor(*entry);
    ++visited;
  });
  const std::uint64_t offset = std::uint64_t{position} << (64 - Segment::position_bits - segment.depth());
  return range_start(from_hash, segment.depth()) + offset;
}

// Each step of the way is taken for all hashes, in loops so short that the processor has several of their address
// translations under way at once: a prefetch, too, waits for its own.
void HashTable::prefetch(std::span<const std::uint64_t> hashes) const {
  constexpr std::size_t line_bytes = 64;
  const auto prefetch_lines = [](const void* begin) {
    prefetch_line(begin);
    prefetch_line(static_cast<const char*>(begin) + line_bytes);
  };
  hashes = hashes.first(std::min(hashes.size(), prefetch_count_max));
  for (const std::uint64_t hash : hashes) prefetch_lines(&segment_of(hash));
  for (const std::uint64_t hash : hashes) {
    const Segment& segment = segment_of(hash);
    // With the next one, where those are that found this one full.
    prefetch_lines(&segment.bucket(segment.home(segment.place(hash).position)));
  }
  std::array<const Entry*, prefetch_count_max> entries;
  std::size_t entry_count = 0;
  for (const std::uint64_t hash : hashes) {
    const Segment& segment = segment_of(hash);
    const Entry* entry = segment.guess(segment.place(hash));
    entries[entry_count] = entry;
    entry_count += entry != nullptr ? 1 : 0;
  }
  for (const Entry* entry : std::span(entries).first(entry_count)) prefetch_lines(entry);
}

Segment* HashTable::make_segment(unsigned depth, std::size_t bucket_count) {
  auto segment = std::make_unique<Segment>(depth, bucket_count);
  ++segment_counts_[depth];
  segment_bytes_ += segment->memory_bytes();
  return segment.release();
}

void HashTable::drop_segment(Segment* segment) {
  --segment_counts_[segment->depth()];
  segment_bytes_ -= segment->memory_bytes();
  delete segment;
}

void HashTable::resize(Segment& segment, std::size_t bucket_count) {
  segment_bytes_ -= segment.memory_bytes();
  segment.resize(bucket_count);
  segment_bytes_ += segment.memory_bytes();
}

// Lets all hashes that share the first segment->depth() bits with `hash` lead to the segment.
void HashTable::enter_in_directory(Segment* segment, std::uint64_t hash) {
  const std::size_t first = directory_index(range_start(hash, segment->depth()));
  const std::size_t count = std::size_t{1} << (depth_ - segment->depth());
  std::fill_n(directory_.begin() + static_cast<std::ptrdiff_t>(first), count, segment);
}

void HashTable::double_directory() {
  const std::size_t size = directory_.size();
  directory_.resize(size * 2);
  for (std::size_t index = size; index-- > 0;) {
    directory_[index * 2] = directory_[index * 2 + 1] = directory_[index];
  }
  ++depth_;
}

void HashTable::halve_directory() {
  const std::size_t size = directory_.size() / 2;
  for (std::size_t index = 0; index < size; ++index) directory_[index] = directory_[index * 2];
  directory_.resize(size);
  directory_.shrink_to_fit();
  --depth_;
}

// With hashes that deserve the name, the directory is far smaller than this allows. With others it is better to let a
// segment grow than to double the directory in vain.
bool HashTable::may_split(const Segment& segment) const {
  constexpr std::size_t entries_per_pointer_min = 16;
  if (segment.depth() < depth_) return true;
  return depth_ < depth_max && directory_.size() * 2 <= size_ / entries_per_pointer_min;
}

void HashTable::make_room(std::uint64_t hash) {
  Segment& segment = segment_of(hash);
  if (segment.bucket_count() >= Segment::usual_bucket_count_max && may_split(segment)) {
    split(hash);
  } else {
    resize(segment, Segment::bucket_count_after(segment.bucket_count()));
  }
}

// The only step that needs the keys: the positions of the halves take in one more bit of each hash.
void HashTable::split(std::uint64_t hash) {
  constexpr std::size_t prefetch_distance = 16;
  Segment* parent = &segment_of(hash);
  const unsigned depth = parent->depth() + 1;
  const std::uint64_t upper_bit = std::uint64_t{1} << (64 - depth);

  std::vector<std::pair<std::uint64_t, Entry*>> entries;
  entries.reserve(parent->size());
  parent->for_each([&entries](Place, Entry* entry) { entries.emplace_back(0, entry); });
  std::size_t upper_size = 0;
  for (std::size_t index = 0; index < entries.size(); ++index) {
    if (index + prefetch_distance < entries.size()) prefetch_line(entries[index + prefetch_distance].second);
    auto& [entry_hash, entry] = entries[index];
    entry_hash = hash_(entry->key());
    if ((entry_hash & upper_bit) != 0) ++upper_size;
  }

  if (depth > depth_) double_directory();
  const auto make_half = [&](std::size_t size) {
    return make_segment(depth, Segment::bucket_count_for(size + size / 16 + 1));
  };
  Segment* lower = make_half(entries.size() - upper_size);
  Segment* upper = make_half(upper_size);
  for (const auto& [entry_hash, entry] : entries) {
    Segment* half = (entry_hash & upper_bit) != 0 ? upper : lower;
    half->insert(half->place(entry_hash), entry);
  }
  enter_in_directory(lower, hash & ~upper_bit);
  enter_in_directory(upper, hash | upper_bit);
  drop_segment(parent);
}

void HashTable::give_back_room(std::uint64_t hash) {
  bool has_merged = false;
  while (merge(hash)) has_merged = true;
  if (has_merged) return;
  Segment& segment = segment_of(hash);
  const std::size_t bucket_count = Segment::bucket_count_for(segment.size() + segment.size() / 4);
  if (bucket_count < segment.bucket_count()) resize(segment, bucket_count);
}

// Joins the segment of `hash` with the one that it was once split from, if both are small; whether it did.
bool HashTable::merge(std::uint64_t hash) {
  const unsigned depth = segment_of(hash).depth();
  if (depth == 0) return false;
  const std::uint64_t upper_bit = std::uint64_t{1} << (64 - depth);
  Segment* lower = &segment_of(hash & ~upper_bit);
  Segment* upper = &segment_of(hash | upper_bit);
  const std::size_t size = lower->size() + upper->size();
  if (lower->depth() != upper->depth() || size > merged_size_max) return false;

  Segment* merged = make_segment(depth - 1, Segment::bucket_count_for(size + size / 4));
  const auto take_over = [merged](const Segment& half, unsigned first_position) {
    half.for_each([=](Place place, Entry* entry) {
      place.position = static_cast<std::uint16_t>(first_position | (place.position >> 1));
      merged->insert(place, entry);
    });
  };
  take_over(*lower, 0);
  take_over(*upper, 1U << (Segment::position_bits - 1));
  enter_in_directory(merged, hash);
  drop_segment(lower);
  drop_segment(upper);
  while (depth_ > 0 && segment_counts_[depth_] == 0) halve_directory();
  return true;
}

}  // namespace sluice::store
