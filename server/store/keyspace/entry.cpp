#include "server/store/keyspace/entry.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include "server/base/memory.hpp"
#include "server/store/values/objects.hpp"

namespace sluice::store {

namespace {

// The slack that a growing block gets: as much again, but not more than this. Beyond it growth stays geometric, because
// allocation classes are.
constexpr std::size_t block_slack_max = 1024UL * 1024;

std::size_t block_capacity(std::size_t size) {
  return base::allocation_size(size + std::min(size, block_slack_max));
}

char* allocate_bytes(std::size_t bytes) {
  return static_cast<char*>(::operator new(bytes));
}

// The time of the first triple, which is the earliest of all.
std::int64_t first_time_of(ListpackView triples) {
  return (*triples.at(2)).integer();
}

// std::string_view and std::memcpy disagree on whether an empty range may be null.
void copy_bytes(char* to, std::string_view from) {
  if (!from.empty()) std::memcpy(to, from.data(), from.size());
}

}  // namespace

void EntryDeleter::operator()(Entry* entry) const {
  const std::size_t bytes = entry->allocated_bytes();
  if (entry->is_external_) entry->free_outside();
  entry->~Entry();
  ::operator delete(static_cast<void*>(entry), bytes);
}

void Entry::free_outside() {
  if (type() == Type::string) {
    const Block outside = block();
    if (outside.data != nullptr) ::operator delete(outside.data, outside.capacity);
  } else if (!holds_object()) {
    free_packed(load<PackedParts>());
  } else if (void* object = load<void*>()) {
    visit_object(type(), object,
                 [](auto& value) { std::default_delete<std::remove_cvref_t<decltype(value)>>{}(&value); });
  }
}

void Entry::forget_outside() {
  if (type() == Type::string) {
    set_block({});
  } else {
    set_form(CollectionForm::listpack);
    value_size_ = 0;
    store(PackedParts{});
  }
}

std::size_t Entry::layout_bytes(std::size_t key_size, bool has_expiry, std::size_t place_bytes) {
  return sizeof(Entry) + (has_expiry ? 8U : 0U) + (key_size >= long_key_mark ? 8U : 0U) + key_size + place_bytes;
}

std::size_t Entry::allocated_bytes() const {
  return base::allocation_size(layout_bytes(key_size(), has_expiry_, place_bytes()));
}

std::size_t Entry::memory_bytes() const {
  const std::size_t bytes = allocated_bytes();
  if (!is_external_) [[likely]]
    return bytes;
  if (type() == Type::string) return bytes + block().capacity;
  if (!holds_object()) return bytes + load<PackedParts>().capacity;
  return bytes + visit_object(type(), load<void*>(), [](const auto& value) { return value.memory_bytes(); });
}

std::int64_t Entry::first_element_expiry_ms() const {
  if (!holds_object()) return first_time_of(ListpackView(packed().start));
  return visit_object(type(), load<void*>(), [](const auto& value) -> std::int64_t {
    if constexpr (requires { value.first_expiry_ms(); }) {
      return *value.first_expiry_ms();
    } else {
      std::unreachable();
    }
  });
}

bool Entry::is_slow_to_free() const {
  // Returning pages to the kernel takes longer than handing the value over; so does freeing many small pieces.
  constexpr std::size_t bytes_max = 64UL * 1024;
  constexpr std::size_t piece_count_max = 256;
  if (memory_bytes() >= bytes_max) return true;
  if (!is_external_ || type() == Type::string || !holds_object()) return false;
  return visit_object(type(), load<void*>(), [](const auto& value) { return value.piece_count(); }) > piece_count_max;
}

OwnedEntry Entry::allocate(std::string_view key, std::size_t place_bytes, std::optional<std::int64_t> expiry_ms) {
  const std::size_t bytes = base::allocation_size(layout_bytes(key.size(), expiry_ms.has_value(), place_bytes));
  OwnedEntry entry{new (::operator new(bytes)) Entry()};
  entry->has_expiry_ = expiry_ms.has_value();
  entry->store_expiry(expiry_ms);
  if (key.size() >= long_key_mark) {
    entry->key_size_ = long_key_mark;
    const std::size_t size = key.size();
    std::memcpy(entry->body() + (entry->has_expiry_ ? 8 : 0), &size, sizeof(size));
  } else {
    entry->key_size_ = static_cast<std::uint16_t>(key.size());
  }
  copy_bytes(entry->body() + entry->key_offset(), key);
  return entry;
}

// With room for a packed value of `inline_bytes`, or for a value outside if that is 0.
OwnedEntry Entry::allocate_collection(Type type, std::string_view key, std::size_t inline_bytes,
                                      std::optional<std::int64_t> expiry_ms) {
  OwnedEntry entry = allocate(key, inline_bytes == 0 ? outside_bytes : inline_bytes, expiry_ms);
  entry->type_ = static_cast<std::uint32_t>(type) & 7;
  entry->value_size_ = static_cast<std::uint16_t>(inline_bytes);
  entry->is_external_ = inline_bytes == 0;
  if (entry->is_external_) entry->forget_outside();
  return entry;
}

OwnedEntry Entry::create_packed(Type type, std::string_view key, PackedView packed,
                                std::optional<std::int64_t> expiry_ms) {
  const std::string_view bytes = packed.bytes();
  OwnedEntry entry = allocate_collection(type, key, bytes.size(), expiry_ms);
  entry->set_form(form_of(packed.form));
  copy_bytes(entry->place(), bytes);
  return entry;
}

OwnedEntry Entry::create(std::string_view key, std::size_t value_size, StringEncoding encoding,
                         std::optional<std::int64_t> expiry_ms, std::size_t block_capacity) {
  const bool is_external = value_size > inline_value_max;
  OwnedEntry entry = allocate(key, is_external ? sizeof(Block) : value_size, expiry_ms);
  entry->set_encoding(encoding);
  if (!is_external) {
    entry->value_size_ = static_cast<std::uint16_t>(value_size);
    return entry;
  }
  entry->is_external_ = true;
  entry->set_block({});  // so that the deleter finds sense should the next allocation throw
  const std::size_t capacity = std::max(base::allocation_size(value_size), block_capacity);
  entry->set_block({allocate_bytes(capacity), value_size, capacity});
  return entry;
}

OwnedEntry Entry::create_from(Entry& source, std::string_view key, std::size_t value_size,
                              std::optional<std::int64_t> expiry_ms) {
  OwnedEntry entry;
  if (source.is_external_ && value_size > inline_value_max) {
    entry = allocate(key, sizeof(Block), expiry_ms);
    source.resize_block(value_size);
    entry->is_external_ = true;
    entry->set_block(source.block());
    source.set_block({});
    entry->encoding_ = source.encoding_;
  } else {
    const std::string_view value = source.string();
    const std::size_t capacity = value_size > value.size() ? block_capacity(value_size) : 0;
    entry = create(key, value_size, source.string_encoding(), expiry_ms, capacity);
    const std::span<char> bytes = entry->mutable_string();
    copy_bytes(bytes.data(), value.substr(0, value_size));
    if (value_size > value.size()) std::ranges::fill(bytes.subspan(value.size()), '\0');
  }
  entry->access_ = source.access_;
  return entry;
}

OwnedEntry Entry::create_from(Entry& source, std::string_view key, std::optional<std::int64_t> expiry_ms) {
  if (source.type() == Type::string) return create_from(source, key, source.value_size(), expiry_ms);
  OwnedEntry entry;
  if (source.is_external_) {
    entry = allocate_collection(source.type(), key, 0, expiry_ms);
    entry->encoding_ = source.encoding_;
    entry->value_size_ = source.value_size_;
    std::memcpy(entry->place(), source.place(), outside_bytes);
    source.forget_outside();
  } else {
    entry = create_packed(source.type(), key, source.packed(), expiry_ms);
  }
  entry->access_ = source.access_;
  return entry;
}

OwnedEntry Entry::create_inline(const Entry& source) {
  OwnedEntry entry = create_packed(source.type(), source.key(), source.packed(), source.expiry_ms());
  entry->access_ = source.access_;
  return entry;
}

OwnedEntry Entry::clone(const Entry& source, std::string_view key) {
  OwnedEntry entry;
  if (source.type() == Type::string) {
    const std::string_view value = source.string();
    entry = create(key, value.size(), source.string_encoding(), source.expiry_ms());
    copy_bytes(entry->mutable_string().data(), value);
  } else if (source.is_external_) {
    entry = allocate_collection(source.type(), key, 0, source.expiry_ms());
    entry->copy_outside(source);
  } else {
    entry = create_packed(source.type(), key, source.packed(), source.expiry_ms());
  }
  entry->access_ = source.access_;
  return entry;
}

void Entry::copy_outside(const Entry& source) {
  if (!source.holds_object()) {
    store(copy_packed(source.packed().bytes()));
  } else {
    visit_object(type(), source.load<void*>(), [this](const auto& value) {
      store(std::make_unique<std::remove_cvref_t<decltype(value)>>(value).release());
    });
  }
  encoding_ = source.encoding_;
  value_size_ = source.value_size_;
}

bool Entry::assign_in_place(std::string_view value, StringEncoding encoding, std::optional<std::int64_t> expiry_ms) {
  if (type() != Type::string) [[unlikely]]
    return false;
  if ((value.size() > inline_value_max) != is_external_) return false;
  // A block that once grew is given up rather than kept for a value that may stay small.
  if (is_external_ && block().capacity != base::allocation_size(value.size())) return false;
  if (!arrange(expiry_ms.has_value(), is_external_ ? sizeof(Block) : value.size())) return false;
  store_expiry(expiry_ms);
  set_encoding(encoding);
  if (is_external_) {
    Block outside = block();
    outside.size = value.size();
    set_block(outside);
  }
  copy_bytes(mutable_string().data(), value);
  return true;
}

bool Entry::assign_packed_in_place(PackedView packed) {
  const std::string_view bytes = packed.bytes();
  if (!arrange(has_expiry_, bytes.size())) return false;
  set_form(form_of(packed.form));
  copy_bytes(place(), bytes);
  return true;
}

bool Entry::resize_in_place(std::size_t value_size) {
  if ((value_size > inline_value_max) != is_external_) return false;
  if (is_external_) {
    resize_block(value_size);
    return true;
  }
  const std::size_t old_size = value_size_;
  if (!arrange(has_expiry_, value_size)) return false;
  if (value_size > old_size) std::ranges::fill(mutable_string().subspan(old_size), '\0');
  return true;
}

bool Entry::set_expiry_in_place(std::optional<std::int64_t> expiry_ms) {
  if (!arrange(expiry_ms.has_value(), place_bytes())) return false;
  store_expiry(expiry_ms);
  return true;
}

std::span<char> Entry::mutable_string() {
  if (is_external_) {
    const Block outside = block();
    return {outside.data, outside.size};
  }
  return {place(), value_size_};
}

// A block that shrinks keeps its memory: what makes strings shorter in place makes them longer again.
void Entry::resize_block(std::size_t size) {
  Block outside = block();
  if (size > outside.capacity) {
    const std::size_t capacity = block_capacity(size);
    char* data = allocate_bytes(capacity);
    std::memcpy(data, outside.data, outside.size);
    ::operator delete(outside.data, outside.capacity);
    outside.data = data;
    outside.capacity = capacity;
  }
  if (size > outside.size) std::memset(outside.data + outside.size, 0, size - outside.size);
  outside.size = size;
  set_block(outside);
}

void Entry::store_expiry(std::optional<std::int64_t> expiry_ms) {
  if (expiry_ms) std::memcpy(body(), &*expiry_ms, sizeof(*expiry_ms));
}

// Makes room for a value's place of `place_bytes`, and for an expiry or not, keeping key and value as far as there is
// room; false when that takes another allocation class. An expiry that is new is not set yet.
bool Entry::arrange(bool has_expiry, std::size_t place_bytes) {
  if (base::allocation_size(layout_bytes(key_size(), has_expiry, place_bytes)) != allocated_bytes()) return false;
  if (has_expiry != has_expiry_) {
    const std::size_t kept =
        (key_size_ == long_key_mark ? 8 : 0) + key_size() + std::min(place_bytes, this->place_bytes());
    std::memmove(body() + (has_expiry ? 8 : 0), body() + (has_expiry_ ? 8 : 0), kept);
    has_expiry_ = has_expiry;
  }
  if (!is_external_) value_size_ = static_cast<std::uint16_t>(place_bytes);
  return true;
}

}  // namespace sluice::store
