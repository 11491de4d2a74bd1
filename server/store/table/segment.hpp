#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "server/store/table/bucket.hpp"

namespace sluice::store {

// Where a node belongs in a segment: its home bucket follows from the position, the 16 bits of its hash that come
// after those which chose the segment. The tag is the last eight bits of the hash, and never 0.
struct Place {
  std::uint16_t position;
  std::uint8_t tag;
};

// A part of the hash table: all nodes whose hashes begin with the same `depth` bits, in buckets that are in the order
// of the hashes. A node that finds its home bucket full goes to the next one with room (behind the last comes the
// first); its home knows how far the farthest of its nodes went, and no search goes beyond that.
//
// The buckets lie in a few chunks, all alike throughout the table: so a segment can grow in steps of some percent, and
// what one segment gives back fits the next, which arrays of every length would not.
//
// Refers to nodes, does not own them. Growing and shrinking read no node: slots know their positions.
class Segment {
 public:
  static constexpr unsigned position_bits = 16;
  static constexpr unsigned chunk_bits_min = 3;
  static constexpr std::size_t chunk_count_max = 16;
  // With chunks of the least size. Only segments that cannot be split have more, in larger chunks.
  static constexpr std::size_t usual_bucket_count_max = chunk_count_max << chunk_bits_min;

  // `bucket_count` must be one that bucket_count_for() or bucket_count_after() returns.
  Segment(unsigned depth, std::size_t bucket_count);

  unsigned depth() const { return depth_; }
  std::size_t size() const { return size_; }
  std::size_t bucket_count() const { return bucket_count_; }
  std::size_t capacity() const { return std::size_t{bucket_count_} * Bucket::slot_count; }
  std::size_t memory_bytes() const;

  // The fewest buckets that hold `size` nodes below the maximal load: up to eight, or whole chunks.
  static std::size_t bucket_count_for(std::size_t size);
  // The next larger one of those counts.
  static std::size_t bucket_count_after(std::size_t bucket_count);
  static std::size_t size_max(std::size_t bucket_count) { return bucket_count * Bucket::slot_count * 9 / 10; }

  Place place(std::uint64_t hash) const {
    const auto tag = static_cast<std::uint8_t>(hash);
    return {static_cast<std::uint16_t>((hash << depth_) >> (64 - position_bits)), tag == 0 ? std::uint8_t{1} : tag};
  }
  std::size_t home(std::uint16_t position) const { return (std::size_t{position} * bucket_count_) >> position_bits; }
  const Bucket& bucket(std::size_t index) const { return bucket_at(index); }

  // The first node with this position and tag for which matches(void*) holds; null if there is none.
  template <class Matches>
  [[gnu::always_inline]] void* find(Place place, const Matches& matches) const {
    const Location at = locate(place, matches);
    return at.found() ? at.node() : nullptr;
  }
  // The first node with this position and tag, which is nearly always the only one. Reads no node.
  const void* guess(Place place) const;

  // There must be a free slot. Returns how many buckets away from home it found one.
  std::size_t insert(Place place, void* node);
  // `node` must be there. Both return it.
  void* replace(Place place, const void* node, void* by);
  void* erase(Place place, const void* node);
  // If there is no memory for that, std::bad_alloc is thrown and nothing has changed.
  void resize(std::size_t bucket_count);

  // Calls visitor(place, node) for all nodes in the order in which they lie.
  template <class Visitor>
  void for_each(const Visitor& visitor) const;
  // Calls visitor(node) for the nodes at home in the bucket of position `from` and not before it; `from` becomes the
  // first position of the next bucket, 2^16 after the last.
  template <class Visitor>
  void visit_home(std::uint32_t& from, const Visitor& visitor) const;

 private:
  explicit Segment(unsigned depth) : depth_(static_cast<std::uint8_t>(depth)) {}  // without buckets

  struct Location {
    Bucket* bucket = nullptr;  // null: not found
    unsigned slot = 0;
    bool found() const { return bucket != nullptr; }
    void* node() const { return (*bucket)[slot].node(); }
  };

  // Every look-up is made of it: a call would cost as much as half of the rest.
  template <class Matches>
  [[gnu::always_inline]] Location locate(Place place, const Matches& matches) const;
  std::size_t next(std::size_t index) const { return index + 1 == bucket_count_ ? 0 : index + 1; }
  // In how many buckets, from this one on, the nodes are that are at home here.
  std::size_t search_length(std::size_t home_index) const {
    const std::size_t reach = bucket(home_index).reach();
    return reach == Bucket::reach_unknown ? bucket_count_ : reach + 1;
  }
  bool holds_node_of(std::size_t home_index, std::size_t distance) const;
  Bucket& bucket_at(std::size_t index) const {
    return chunks_[index >> chunk_bits_][index & ((std::size_t{1} << chunk_bits_) - 1)];
  }
  static unsigned chunk_bits_for(std::size_t bucket_count);
  using Chunks = std::array<std::unique_ptr<Bucket[]>, chunk_count_max>;

  std::size_t chunk_size(std::size_t chunk) const;
  void arrange_chunks(std::size_t bucket_count);

  std::uint32_t bucket_count_ = 0;
  std::uint32_t size_ = 0;
  std::uint8_t depth_;
  std::uint8_t chunk_bits_ = chunk_bits_min;  // a chunk has 2^chunk_bits_ buckets, or all of them if they are fewer
  Chunks chunks_;
};

template <class Matches>
inline Segment::Location Segment::locate(Place place, const Matches& matches) const {
  std::size_t index = home(place.position);
  for (std::size_t left = search_length(index); left > 0; --left) {
    Bucket& here = bucket_at(index);
    for (SlotSet candidates = here.tagged(place.tag); !candidates.empty(); candidates.drop_first()) {
      const unsigned slot = candidates.first();
      if (here[slot].position() == place.position && matches(here[slot].node())) return {&here, slot};
    }
    index = next(index);
  }
  return {};
}

inline const void* Segment::guess(Place place) const {
  return find(place, [](const void*) { return true; });
}

template <class Visitor>
void Segment::for_each(const Visitor& visitor) const {
  for (std::size_t index = 0; index < bucket_count_; ++index) {
    const Bucket& here = bucket(index);
    for (SlotSet used = here.used(); !used.empty(); used.drop_first()) {
      const unsigned slot = used.first();
      visitor(Place{here[slot].position(), here.tag(slot)}, here[slot].node());
    }
  }
}

template <class Visitor>
void Segment::visit_home(std::uint32_t& from, const Visitor& visitor) const {
  const std::size_t home_index = home(static_cast<std::uint16_t>(from));
  const auto end =
      static_cast<std::uint32_t>((((home_index + 1) << position_bits) + bucket_count_ - 1) / bucket_count_);
  std::size_t index = home_index;
  for (std::size_t left = search_length(index); left > 0; --left) {
    const Bucket& here = bucket(index);
    for (SlotSet used = here.used(); !used.empty(); used.drop_first()) {
      const Slot slot = here[used.first()];
      if (slot.position() >= from && slot.position() < end) visitor(slot.node());
    }
    index = next(index);
  }
  from = end;
}

}  // namespace sluice::store
