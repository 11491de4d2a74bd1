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
#include "server/store/values/packed.hpp"

namespace sluice::store {

// How a string came to be, which is what OBJECT ENCODING tells of it: `integer` was stored as the canonical decimal
// text of a 64-bit integer, `embedded` is short and was stored in one piece, `raw` is long or was changed in place.
enum class StringEncoding : std::uint8_t { integer, embedded, raw };

// Up to how many bytes a string is short.
inline constexpr std::size_t embedded_bytes_max = 44;

class Entry;

struct EntryDeleter {
  void operator()(Entry* entry) const;
};
using OwnedEntry = std::unique_ptr<Entry, EntryDeleter>;

// A key and its value in one allocation:
//
//   header (8 bytes) | expiry (8 bytes, only if it has one) | key size (8 bytes, only for long keys) | key | value
//
// The header holds type, encoding, which optional parts exist, the access field, and the sizes of key and value. The
// value's place holds
//
//   a string of up to inline_value_max bytes      the bytes
//   a longer string                               a Block, which can grow without moving the entry
//   a collection of up to inline_packed_max
//   packed bytes                                  the bytes, as an RDB file has them
//   a longer packed collection                    the PackedParts of a buffer of its own
//   a large collection                            a pointer to its object
//
// Parts and pointer are in places of the same size, so that one can take the place of the other in place.
//
// A collection is made and changed as a Value (a List, …), which holds such a buffer or such an object, and read as a
// Value::View. objects.hpp lists the objects.
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
  // Up to here a second allocation costs more than the larger entry, whatever the key.
  static constexpr std::size_t inline_packed_max = 200;

  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() = default;

  Type type() const { return static_cast<Type>(type_); }
  std::string_view key() const;
  std::string_view string() const;  // the value; type() must be string
  // The value, read; type() must be Value::type.
  template <class Value>
  typename Value::View as() const;
  StringEncoding string_encoding() const { return static_cast<StringEncoding>(encoding_); }
  bool has_expiry() const { return has_expiry_; }
  // Whether elements of the value have times of their own, and the earliest of these times.
  bool has_timed_elements() const { return form() == CollectionForm::timed; }
  std::int64_t first_element_expiry_ms() const;   // requires has_timed_elements()
  std::optional<std::int64_t> expiry_ms() const;  // Unix time
  // A key with expiry t exists while the clock shows less than t.
  bool has_expired(std::int64_t now_ms) const { return has_expiry_ && load_expiry() <= now_ms; }
  Access access() const { return access_; }
  // On which side of the latest snapshot's moment the entry was last seen; see Keyspace::begin_snapshot().
  bool snapshot_side() const { return snapshot_side_; }

  // Bytes allocated for the entry, with whatever of its value lies outside.
  std::size_t memory_bytes() const;
  // Whether freeing the value takes noticeably long.
  bool is_slow_to_free() const;

  // --- For Keyspace and tests of this class: making and changing entries.

  // A string's entry, whose value has `value_size` bytes that are not initialised. A value outside the entry gets a
  // block of `block_capacity` bytes if that is more than it needs.
  static OwnedEntry create(std::string_view key, std::size_t value_size, StringEncoding encoding,
                           std::optional<std::int64_t> expiry_ms, std::size_t block_capacity = 0);

  // A collection's entry. Leaves `value` as it is if std::bad_alloc is thrown.
  template <class Value>
  static OwnedEntry create_with(std::string_view key, Value& value, std::optional<std::int64_t> expiry_ms);

  // A string's entry under another key or with other sizes that takes over what `source` holds: its type, encoding,
  // access field, and as many bytes of its value as fit; bytes that it had not are zero. A block of its own changes
  // hands, and `source` is left good for nothing but being destroyed. `source` is untouched if std::bad_alloc is
  // thrown.
  static OwnedEntry create_from(Entry& source, std::string_view key, std::size_t value_size,
                                std::optional<std::int64_t> expiry_ms);

  // The same for a value of any type, whole.
  static OwnedEntry create_from(Entry& source, std::string_view key, std::optional<std::int64_t> expiry_ms);
  // An entry of the same key with a copy of the packed collection of `source` inside. The bytes must be few enough.
  static OwnedEntry create_inline(const Entry& source);
  // An entry under another key with a copy of the value, and the same expiry, encoding and access field.
  static OwnedEntry clone(const Entry& source, std::string_view key);

  // These return false and change nothing when the change needs a new allocation. Replaces a string by `value`, which
  // must not view into this entry; false for a value of another type. The memory of the entry stays the same.
  bool assign_in_place(std::string_view value, StringEncoding encoding, std::optional<std::int64_t> expiry_ms);
  // Replaces the packed collection in the entry by `packed`, which must have inline_packed_max bytes at most.
  bool assign_packed_in_place(PackedView packed);
  bool resize_in_place(std::size_t value_size);  // new bytes are zero; a block grows at amortised linear cost
  bool set_expiry_in_place(std::optional<std::int64_t> expiry_ms);

  std::span<char> mutable_string();
  // Whether a collection lies in the entry.
  bool is_inline() const { return !is_external_; }
  // Whether a collection is packed, in the entry or not.
  bool is_packed() const { return !holds_object(); }
  // Where the object of a large collection is; null for any other value.
  const void* object() const { return holds_object() ? load<const void*>() : nullptr; }
  // A packed collection, in the entry or not.
  PackedView packed() const { return {packed_form(), is_external_ ? load<PackedParts>().start : place()}; }
  // Takes out a collection that does not lie in the entry, and puts it back: nothing else may happen to the entry in
  // between. Neither allocates.
  template <class Value>
  Value take_outside() const;
  template <class Value>
  void put_outside(Value& value);
  // The same after take_outside(), where `taken` is the object that was taken, or null.
  template <class Value>
  void put_back_outside(Value& value, const typename Value::Object* taken);

  void set_encoding(StringEncoding encoding) { encoding_ = static_cast<std::uint8_t>(encoding) & 3; }
  // Writes only what differs, so that reading a hot key does not make its cache line dirty.
  void set_access(Access access) {
    if (access_ != access) access_ = access & access_mask;
  }
  void set_snapshot_side(bool side) { snapshot_side_ = side; }

 private:
  friend struct EntryDeleter;

  // Where a string lives that is too large for the entry. The descriptor follows the key, so it is not aligned.
  struct Block {
    char* data = nullptr;
    std::size_t size = 0;
    std::size_t capacity = 0;
  };

  // In collections the form takes the place of a string's encoding. A `timed` one, which no encoding of strings has the
  // number of, has elements with a time: packed, unless value_size_ is timed_object_mark.
  enum class CollectionForm : std::uint8_t { listpack, object, intset, timed };
  static constexpr std::size_t outside_bytes = sizeof(PackedParts);
  static constexpr std::uint16_t timed_object_mark = 0xffff;

  static constexpr std::uint16_t long_key_mark = 0xffff;

  Entry() = default;

  static std::size_t layout_bytes(std::size_t key_size, bool has_expiry, std::size_t place_bytes);
  static OwnedEntry allocate(std::string_view key, std::size_t place_bytes, std::optional<std::int64_t> expiry_ms);
  static OwnedEntry allocate_collection(Type type, std::string_view key, std::size_t inline_bytes,
                                        std::optional<std::int64_t> expiry_ms);
  static OwnedEntry create_packed(Type type, std::string_view key, PackedView packed,
                                  std::optional<std::int64_t> expiry_ms);

  char* body() { return reinterpret_cast<char*>(this) + sizeof(Entry); }
  const char* body() const { return reinterpret_cast<const char*>(this) + sizeof(Entry); }
  std::int64_t load_expiry() const;
  std::size_t key_size() const;
  [[gnu::always_inline]] std::size_t key_offset() const {
    return (has_expiry_ ? 8U : 0U) + (key_size_ == long_key_mark ? 8U : 0U);
  }
  [[gnu::always_inline]] char* place() { return body() + key_offset() + key_size(); }
  [[gnu::always_inline]] const char* place() const { return body() + key_offset() + key_size(); }
  std::size_t external_place_bytes() const { return type() == Type::string ? sizeof(Block) : outside_bytes; }
  std::size_t place_bytes() const { return is_external_ ? external_place_bytes() : value_size_; }
  std::size_t value_size() const { return is_external_ ? block().size : value_size_; }
  std::size_t allocated_bytes() const;

  template <class Part>
  Part load() const {  // from the value's place
    Part part;
    std::memcpy(static_cast<void*>(&part), place(), sizeof(Part));
    return part;
  }
  template <class Part>
  void store(const Part& part) {
    std::memcpy(place(), static_cast<const void*>(&part), sizeof(Part));
  }
  CollectionForm form() const { return static_cast<CollectionForm>(encoding_); }
  void set_form(CollectionForm form) { encoding_ = static_cast<std::uint8_t>(form) & 3; }
  bool holds_object() const {
    if (!is_external_) return false;
    return form() == CollectionForm::object || (form() == CollectionForm::timed && value_size_ == timed_object_mark);
  }
  PackedForm packed_form() const;
  static CollectionForm form_of(PackedForm form);
  // Without anything outside: for a value that has gone elsewhere.
  void forget_outside();
  void free_outside();
  void copy_outside(const Entry& source);

  Block block() const { return load<Block>(); }
  void set_block(const Block& block) { store(block); }
  void resize_block(std::size_t size);
  void store_expiry(std::optional<std::int64_t> expiry_ms);
  bool arrange(bool has_expiry, std::size_t place_bytes);

  std::uint32_t access_ : 24 = 0;
  std::uint32_t type_ : 3 = 0;
  bool snapshot_side_ : 1 = false;
  std::uint32_t encoding_ : 2 = 0;  // a StringEncoding or a CollectionForm
  bool has_expiry_ : 1 = false;
  bool is_external_ : 1 = false;
  std::uint16_t key_size_ = 0;    // long_key_mark: the size is in the body
  std::uint16_t value_size_ = 0;  // of a value inside the entry; see CollectionForm for one outside
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

inline std::string_view Entry::string() const {
  if (is_external_) {
    const Block outside = block();
    return {outside.data, outside.size};
  }
  return {place(), value_size_};
}

inline PackedForm Entry::packed_form() const {
  switch (form()) {
    case CollectionForm::intset:
      return PackedForm::intset;
    case CollectionForm::timed:
      return PackedForm::timed_listpack;
    case CollectionForm::listpack:
    case CollectionForm::object:
      break;
  }
  return PackedForm::listpack;
}

inline Entry::CollectionForm Entry::form_of(PackedForm form) {
  switch (form) {
    case PackedForm::intset:
      return CollectionForm::intset;
    case PackedForm::timed_listpack:
      return CollectionForm::timed;
    case PackedForm::listpack:
      break;
  }
  return CollectionForm::listpack;
}

template <class Value>
typename Value::View Entry::as() const {
  using View = typename Value::View;
  return holds_object() ? View(*load<const typename Value::Object*>()) : View(packed());
}

template <class Value>
OwnedEntry Entry::create_with(std::string_view key, Value& value, std::optional<std::int64_t> expiry_ms) {
  if (value.is_packed() && value.packed().byte_count() <= inline_packed_max) {
    return create_packed(Value::type, key, value.packed(), expiry_ms);
  }
  OwnedEntry entry = allocate_collection(Value::type, key, 0, expiry_ms);
  entry->put_outside(value);
  return entry;
}

template <class Value>
[[gnu::always_inline]] inline Value Entry::take_outside() const {
  if (!holds_object()) return Value(packed_form(), load<PackedParts>());
  return Value(std::unique_ptr<typename Value::Object>(load<typename Value::Object*>()));
}

template <class Value>
void Entry::put_outside(Value& value) {
  put_back_outside(value, nullptr);
}

template <class Value>
[[gnu::always_inline]] inline void Entry::put_back_outside(Value& value, const typename Value::Object* taken) {
  if (value.is_packed()) {
    set_form(form_of(value.packed().form));
    value_size_ = 0;
    store(value.release_packed());
  } else {
    const bool is_timed = store::has_times(value);
    set_form(is_timed ? CollectionForm::timed : CollectionForm::object);
    value_size_ = is_timed ? timed_object_mark : 0;
    // Nearly always the entry points to the object still.
    typename Value::Object* const object = value.take_object().release();
    if (object != taken) [[unlikely]]
      store(object);
  }
}

}  // namespace sluice::store
