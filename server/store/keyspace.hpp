#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "server/store/entry.hpp"
#include "server/store/key.hpp"

namespace sluice::store {

// Sketch of the public interface of one database; see DESIGN.md §3.
class Keyspace {
 public:
  // --- Reading. An entry whose time has come is removed on sight and never returned.
  const Entry* find(const Key& key);            // counts as an access
  const Entry* peek(const Key& key);            // does not
  std::size_t size() const;                     // keys, including those expired but not reclaimed yet
  std::size_t expiring_size() const;            // keys that have an expiry

  // --- Changing: the narrow door.
  enum class Expiry : std::uint8_t { keep, clear };
  const Entry& put_string(const Key& key, std::string_view value, StringEncoding encoding, Expiry expiry);
  // Makes the string at `key` (created when absent) `size` bytes long and returns its bytes for writing; bytes that
  // were not there before are zero. Encoding becomes raw. The expiry stays.
  std::span<char> resize_string(const Key& key, std::size_t size);
  bool erase(const Key& key);
  bool set_expiry(const Key& key, std::int64_t at_ms);
  bool clear_expiry(const Key& key);

  // --- Prefetching, in two steps, for a group of commands that are about to run.
  void prefetch_bucket(std::uint64_t hash) const;
  void prefetch_entry(std::uint64_t hash) const;
};

}  // namespace sluice::store
