#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "server/store/keyspace/keyspace.hpp"

namespace sluice::store {

// The numbered keyspaces of a server. Owns them; their number never changes.
class Databases {
 public:
  // `count` must not be 0. Clock and reaper must outlive the databases.
  Databases(std::size_t count, base::KeyHasher hasher, const base::Clock& clock, Reaper& reaper);

  void set_observer(KeyspaceObserver* observer);
  // Of all keyspaces: see Keyspace.
  void set_change_reporting(bool is_on);
  void set_creation_reporting(bool is_on);
  void set_removing_expired(bool is_on);
  void set_access_settings(const AccessSettings& settings);
  // For all keyspaces; costs next to nothing when it changes nothing.
  void set_access_counting(bool is_on) {
    if (is_on != is_counting_accesses_) [[unlikely]]
      switch_access_counting(is_on);
  }

  std::size_t count() const { return keyspaces_.size(); }
  // `index` must be below count(). After swap() the index stands for the other keyspace, so do not keep the reference
  // across commands.
  Keyspace& operator[](std::size_t index) { return *keyspaces_[index]; }
  const Keyspace& operator[](std::size_t index) const { return *keyspaces_[index]; }
  std::size_t index_of(const Keyspace& keyspace) const;  // which must be one of these

  void swap(std::size_t a, std::size_t b);
  void clear_all();

  // Reclaims at most `count_max` expired keys over all keyspaces, each getting its share whichever has most; returns
  // how many there were.
  std::size_t reclaim_expired(std::size_t count_max);
  std::optional<std::int64_t> next_expiry_ms();

  std::size_t size() const;
  std::size_t memory_bytes() const;
  std::uint64_t expired_count() const;
  std::uint64_t change_count() const;  // changes to keys by commands: expiry does not count

 private:
  void switch_access_counting(bool is_on);

  std::vector<std::unique_ptr<Keyspace>> keyspaces_;
  KeyspaceObserver* observer_ = nullptr;
  std::size_t next_to_reclaim_ = 0;
  bool is_counting_accesses_ = true;
};

}  // namespace sluice::store
