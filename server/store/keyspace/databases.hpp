#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
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
  void set_expired(Expired expired) {
    if (expired != expired_) [[unlikely]]
      switch_expired(expired);
  }
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

  void swap(std::size_t a, std::size_t b);
  void clear_all();

  // Reclaims at most `count_max` expired keys over all keyspaces, each getting its share whichever has most; returns
  // how many there were.
  std::size_t reclaim_expired(std::size_t count_max);
  std::optional<std::int64_t> next_expiry_ms();

  std::size_t size() const;
  const Ledger& ledger() const { return ledger_; }
  std::size_t memory_bytes() const { return ledger_.memory_bytes(); }

  // As Keyspace::check_books(), of all of them and the ledger.
  std::optional<std::string> check_books() const;

 private:
  void switch_access_counting(bool is_on);
  void switch_expired(Expired expired);

  Ledger ledger_;  // before the keyspaces, which it outlives
  std::vector<std::unique_ptr<Keyspace>> keyspaces_;
  KeyspaceObserver* observer_ = nullptr;
  std::size_t next_to_reclaim_ = 0;
  bool is_counting_accesses_ = true;
  Expired expired_ = Expired::remove;
};

}  // namespace sluice::store
