#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "server/store/keyspace/access.hpp"
#include "server/store/types.hpp"

namespace sluice::store {

// How a string came to be, which is what OBJECT ENCODING tells of it: `integer` was stored as the canonical decimal
// text of a 64-bit integer, `embedded` is short and was stored in one piece, `raw` is long or was changed in place.
enum class StringEncoding : std::uint8_t { integer, embedded, raw };

class Entry;

struct EntryDeleter {
  void operator()(Entry* entry) const;
};
using OwnedEntry = std::unique_ptr<Entry, EntryDeleter>;

// A key and its value in one allocation:
//
//   header (8 bytes) | expiry (8 bytes, only if it has one) | key size (8 bytes, only for long keys) | key | value
//
// The header holds type, encoding, which optional parts exist, the access field, and the sizes of key and value. A
// string above inline_value_max lives in a block of its own, which a small descriptor in the value's place points to;
// such a block can be grown without moving the entry.
//
// A value of another type is an object (a List, …) in the value's place, aligned. Such a class has a member `type`, a
// move constructor that throws nothing, clone(), empty(), and memory_bytes(), what it holds outside itself; entry.cpp
// lists them.
//
// An Entry is never copied or moved as an object: its address is its identity. Only Keyspace has entries that are not
// const; for everyone else an entry, and every view into it, is valid until its own key is changed or removed, or the
// clock moves on (which may show it to have expired). Changes to other keys do not touch it.
//
// An allocation always has the size of its size class, and nothing records that size: it follows from the parts. A
// change is made in place exactly when the parts still belong to the same class.
class Entry {
 public:
  static constexpr std::size_t inline_value_max = 1024;

  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() = default;

  Type type() const { return static_cast<Type>(type_); }
  std::string_view key() const;
  std::string_view string() const;  // the value; type() must be string
  // The value; type() must be Value::type.
  template <class Value>
  const Value& as() const {
    return *std::launder(reinterpret_cast<const Value*>(body() + object_offset()));
  }
  StringEncoding string_encoding() const { return static_cast<StringEncoding>(encoding_); }
  bool has_expiry() const { return has_expiry_; }
  std::optional<std::int64_t> expiry_ms() const;  // Unix time
  // A key with expiry t exists while the clock shows less than t.
  bool has_expired(std::int64_t now_ms) const { return has_expiry_ && load_expiry() <= now_ms; }
  Access access() const { return access_; }

  // Bytes allocated for the entry, with its value's own block.
  std::size_t memory_bytes() const;

  // --- For Keyspace and tests of this class: making and changing entries.

  // An entry whose value has `value_size` bytes that are not initialised. A value outside the entry gets a block of
  // `block_capacity` bytes if that is more than it needs.
  static OwnedEntry create(std::string_view key, std::size_t value_size, StringEncoding encoding,
                           std::optional<std::int64_t> expiry_ms, std::size_t block_capacity = 0);

  // An entry with an object for its value.
  template <class Value>
  static OwnedEntry create_with(std::string_view key, Value value, std::optional<std::int64_t> expiry_ms);

  // A string's entry under another key or with other sizes that takes over what `source` holds: its type, encoding,
  // access field, and as many bytes of its value as fit; bytes that it had not are zero. A block of its own changes
  // hands, and `source` is left good for nothing but being destroyed.
  static OwnedEntry create_from(Entry& source, std::string_view key, std::size_t value_size,
                                std::optional<std::int64_t> expiry_ms);

  // The same for a value of any type, whole.
  static OwnedEntry create_from(Entry& source, std::string_view key, std::optional<std::int64_t> expiry_ms);
  // An entry under another key with a copy of the value, and the same expiry, encoding and access field.
  static OwnedEntry clone(const Entry& source, std::string_view key);

  // These return false and change nothing when the change needs a new allocation.
  // Makes the value that string, whatever it is. `value` must not view into this entry.
  bool assign_in_place(std::string_view value, StringEncoding encoding, std::optional<std::int64_t> expiry_ms);
  bool resize_in_place(std::size_t value_size);  // new bytes are zero; a block grows at amortised linear cost
  bool set_expiry_in_place(std::optional<std::int64_t> expiry_ms);

  std::span<char> mutable_string();
  template <class Value>
  Value& mutable_as() {
    return const_cast<Value&>(as<Value>());
  }
  void set_encoding(StringEncoding encoding) { encoding_ = static_cast<std::uint8_t>(encoding) & 3; }
  // Writes only what differs, so that reading a hot key does not make its cache line dirty.
  void set_access(Access access) {
    if (access_ != access) access_ = access & access_mask;
  }

 private:
  friend struct EntryDeleter;

  // Where a value lives that is too large for the entry. The descriptor follows the key, so it is not aligned.
  struct Block {
    char* data = nullptr;
    std::size_t size = 0;
    std::size_t capacity = 0;
  };

  static constexpr std::uint16_t long_key_mark = 0xffff;

  Entry() = default;

  static std::size_t layout_bytes(std::size_t key_size, bool has_expiry, std::size_t place_bytes);
  static OwnedEntry allocate(std::string_view key, std::size_t place_bytes, std::optional<std::int64_t> expiry_ms);
  static OwnedEntry allocate_object(std::string_view key, std::size_t object_bytes,
                                    std::optional<std::int64_t> expiry_ms);
  template <class Visitor>
  static auto visit_object(Entry& entry, Visitor&& visitor);

  char* body() { return reinterpret_cast<char*>(this) + sizeof(Entry); }
  const char* body() const { return reinterpret_cast<const char*>(this) + sizeof(Entry); }
  std::int64_t load_expiry() const;
  std::size_t key_size() const;
  std::size_t key_offset() const { return (has_expiry_ ? 8U : 0U) + (key_size_ == long_key_mark ? 8U : 0U); }
  std::size_t place_offset() const { return key_offset() + key_size(); }
  // The header is as large as the strictest alignment, so that an offset in the body says it all.
  static constexpr std::size_t object_alignment = 8;
  std::size_t object_offset() const { return (place_offset() + object_alignment - 1) & ~(object_alignment - 1); }
  std::size_t place_bytes() const { return is_external_ ? sizeof(Block) : value_size_; }
  std::size_t value_size() const { return is_external_ ? block().size : value_size_; }
  std::size_t allocated_bytes() const;

  Block block() const;
  void set_block(const Block& block);
  void resize_block(std::size_t size);
  void store_expiry(std::optional<std::int64_t> expiry_ms);
  bool arrange(bool has_expiry, std::size_t place_bytes);

  std::uint32_t access_ : 24 = 0;
  std::uint32_t type_ : 4 = 0;
  std::uint32_t encoding_ : 2 = 0;
  bool has_expiry_ : 1 = false;
  bool is_external_ : 1 = false;
  std::uint16_t key_size_ = 0;    // long_key_mark: the size is in the body
  std::uint16_t value_size_ = 0;  // of a value inside the entry, with the bytes that align it
};

static_assert(sizeof(Entry) == 8);

inline std::int64_t Entry::load_expiry() const {
  std::int64_t expiry_ms = 0;
  std::memcpy(&expiry_ms, body(), sizeof(expiry_ms));
  return expiry_ms;
}

inline std::optional<std::int64_t> Entry::expiry_ms() const {
  if (!has_expiry_) return std::nullopt;
  return load_expiry();
}

inline std::size_t Entry::key_size() const {
  if (key_size_ != long_key_mark) [[likely]]
    return key_size_;
  std::size_t size = 0;
  std::memcpy(&size, body() + (has_expiry_ ? 8 : 0), sizeof(size));
  return size;
}

inline std::string_view Entry::key() const {
  return {body() + key_offset(), key_size()};
}

inline Entry::Block Entry::block() const {
  Block block;
  std::memcpy(&block, body() + place_offset(), sizeof(block));
  return block;
}

template <class Value>
OwnedEntry Entry::create_with(std::string_view key, Value value, std::optional<std::int64_t> expiry_ms) {
  static_assert(alignof(Value) <= object_alignment);
  static_assert(std::is_nothrow_move_constructible_v<Value>);
  OwnedEntry entry = allocate_object(key, sizeof(Value), expiry_ms);
  new (entry->body() + entry->object_offset()) Value(std::move(value));
  entry->type_ = static_cast<std::uint32_t>(Value::type) & 0xf;
  return entry;
}

inline std::string_view Entry::string() const {
  if (is_external_) {
    const Block outside = block();
    return {outside.data, outside.size};
  }
  return {body() + place_offset(), value_size_};
}

}  // namespace sluice::store
