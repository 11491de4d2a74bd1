#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "server/base/random.hpp"
#include "server/store/keyspace/entry.hpp"
#include "server/store/table/segment.hpp"
#include "server/store/types.hpp"

namespace sluice::store {

// Entries by key. Owns them.
//
// Extendible hashing: the first bits of a hash lead through a directory to a segment of at most a few hundred entries.
// A segment grows in small steps and then splits in two, shrinks in small steps and then merges with its neighbour, so
// every change costs microseconds whatever the size of the table; only the directory, one pointer per a few hundred
// entries, is doubled and halved as a whole. docs/keyspace.md has the pictures.
class HashTable {
 public:
  using Hash = std::function<std::uint64_t(std::string_view key)>;
  using Visitor = std::function<void(const Entry&)>;

  // `hash` must be the function that the hashes of all keys come from; used when a segment splits.
  explicit HashTable(Hash hash);
  HashTable(HashTable&& other);  // leaves the other one empty
  HashTable& operator=(HashTable&& other) = delete;
  ~HashTable();
  void swap(HashTable& other) noexcept;

  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const;  // of the table alone, without the entries

  Entry* find(const Key& key) const;  // null when there is none

  // There must be no entry with this key yet.
  Entry& insert(std::uint64_t hash, OwnedEntry entry);
  // Puts `fresh` where `entry`, of the same key, is; returns the old one.
  OwnedEntry replace(std::uint64_t hash, const Entry& entry, OwnedEntry fresh);
  OwnedEntry erase(std::uint64_t hash, const Entry& entry);

  // An entry chosen with nearly equal chances; null when there is none.
  const Entry* random_entry(base::Random& random) const;

  // As Keyspace::scan and for_each.
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, const Visitor& visitor) const;
  void for_each(const Visitor& visitor) const;

  // Brings the memory towards the processor that look-ups of these hashes will read; of the first prefetch_count_max
  // of them, which is enough to wait for memory side by side, and few enough to find it in the cache when it is read.
  static constexpr std::size_t prefetch_count_max = 32;
  void prefetch(std::span<const std::uint64_t> hashes) const;

 private:
  // Positions then reach down to bit 16 of the hash at most: they do not meet the tag, and a cursor of 52 bits can hold
  // every one of them.
  static constexpr unsigned depth_max = 32;
  static constexpr unsigned cursor_shift = 12;
  static constexpr std::size_t probe_length_max = 16;
  static constexpr std::size_t merged_size_max = 256;

  std::size_t directory_index(std::uint64_t hash) const { return (hash >> 1) >> (63 - depth_); }
  Segment& segment_of(std::uint64_t hash) const { return *directory_[directory_index(hash)]; }

  Segment* make_segment(unsigned depth, std::size_t bucket_count);
  void drop_segment(Segment* segment);
  void resize(Segment& segment, std::size_t bucket_count);
  void enter_in_directory(Segment* segment, std::uint64_t hash);
  void double_directory();
  void halve_directory();

  bool may_split(const Segment& segment) const;
  void make_room(std::uint64_t hash);
  void split(std::uint64_t hash);
  void give_back_room(std::uint64_t hash);
  bool merge(std::uint64_t hash);

  std::uint64_t visit_bucket(std::uint64_t from_hash, const Visitor& visitor, std::size_t& visited) const;

  Hash hash_;
  unsigned depth_ = 0;               // the directory has 2^depth_ pointers
  std::vector<Segment*> directory_;  // a segment of depth d is there 2^(depth_ - d) times, side by side; owned
  std::array<std::size_t, depth_max + 1> segment_counts_{};  // by depth
  std::size_t size_ = 0;
  std::size_t segment_bytes_ = 0;
};

}  // namespace sluice::store
