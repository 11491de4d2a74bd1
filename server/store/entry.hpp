#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::store {

enum class Type : std::uint8_t { string, list, set, sorted_set, hash, stream };

// How a string came to be, which is what OBJECT ENCODING tells of it: `integer` was stored as the canonical decimal text of a
// 64-bit integer, `embedded` is short and was stored in one piece, `raw` is long or was changed in place.
enum class StringEncoding : std::uint8_t { integer, embedded, raw };

// A key and its value in one allocation:
//
//   header (8 bytes) | expiry (8 bytes, only if it has one) | key length (8 bytes, only for long keys) | key | value
//
// The header holds type, encoding, which optional parts exist, the access clock (24 bits), and the lengths of key and value.
// A value above inline_value_max lives in a block of its own, which a small descriptor in the value's place points to; such
// a block can be grown without moving the entry, and freed by another thread.
//
// Entries are made, resized and destroyed by Keyspace only; everyone else sees `const Entry&`. An Entry is never copied or
// moved as an object: its address is its identity, and it is valid until the next change to its keyspace.
class Entry {
 public:
  static constexpr std::size_t inline_value_max = 1024;

  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  Type type() const;
  std::string_view key() const;
  std::string_view string() const;  // the value; type() must be string
  StringEncoding string_encoding() const;
  std::optional<std::int64_t> expiry_ms() const;  // Unix time
  bool has_expired(std::int64_t now_ms) const;

  // Seconds (modulo 2^24) at the last access, or an LFU counter under the LFU policies: Redis' 24-bit access field.
  std::uint32_t access() const;

  // Bytes allocated for the entry, with its value's own block.
  std::size_t memory_bytes() const;
};

}  // namespace sluice::store
