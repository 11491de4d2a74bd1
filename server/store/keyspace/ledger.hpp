#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::store {

// The sums over all databases of a server, kept as they change: reading them costs nothing, however many databases
// there are.
struct Ledger {
  std::size_t entry_bytes = 0;            // entries with their values
  std::size_t structure_bytes = 0;        // tables and indexes
  std::uint64_t changes = 0;              // to keys, by commands
  std::uint64_t expirations = 0;          // keys removed because their time had come
  std::uint64_t element_expirations = 0;  // likewise of fields of hashes and members of sets

  std::size_t memory_bytes() const { return entry_bytes + structure_bytes; }
};

}  // namespace sluice::store
