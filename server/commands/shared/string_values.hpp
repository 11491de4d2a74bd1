#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>

#include "server/base/number_text.hpp"
#include "server/commands/shared/key_lookup.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/store/keyspace/keyspace.hpp"

// Strings as commands look them up and store them: those on strings, and those on what lies in strings (bitmaps).
namespace sluice::commands {

// The encoding that a value gets when it is stored in one piece. Nearly every value that is no integer is told by its
// first byte or its length.
inline store::StringEncoding encoding_of(std::string_view value) {
  if (value.size() > store::embedded_bytes_max) return store::StringEncoding::raw;
  if (value.empty() || value.size() > base::integer_text_bytes_max) return store::StringEncoding::embedded;
  const bool may_be_integer = value[0] == '-' || (value[0] >= '0' && value[0] <= '9');
  return may_be_integer && base::parse_integer(value) ? store::StringEncoding::integer
                                                      : store::StringEncoding::embedded;
}

// `found` as it is. Throws WRONGTYPE when the key holds anything but a string.
inline store::Keyspace::Found check_string(const store::Keyspace::Found& found) {
  return check_type(found, store::Type::string);
}

// The string at `key` for a command that returns or measures it, counted as a hit or a miss; null when there is none.
inline store::Keyspace::Found read_string(dispatch::DataContext& ctx, const store::Key& key) {
  return check_string(find_to_read(ctx, key));
}

// The string at `key` for a command that changes it, which Redis does not count; null when there is none.
inline store::Keyspace::Found find_string(dispatch::DataContext& ctx, const store::Key& key) {
  return check_string(ctx.keyspace.find(key));
}

// Stores a value as a whole in place of any value. The caller tells listeners.
inline void put_value(dispatch::DataContext& ctx, const store::Key& key, std::string_view value,
                      store::Keyspace::Expiry expiry = store::Keyspace::Expiry::clear) {
  ctx.keyspace.put_string(key, value, encoding_of(value), expiry);
}

// The same where `found` is the outcome of looking the key up.
inline void put_value(dispatch::DataContext& ctx, const store::Keyspace::Found& found, const store::Key& key,
                      std::string_view value, store::Keyspace::Expiry expiry = store::Keyspace::Expiry::clear) {
  ctx.keyspace.put_string(found, key, value, encoding_of(value), expiry);
}

inline std::string_view string_or_empty(const store::Entry* entry) {
  return entry == nullptr ? std::string_view() : entry->string();
}

// Throws unless a string may have `offset` + `count` bytes.
inline void check_string_size(const dispatch::DataContext& ctx, std::uint64_t offset, std::uint64_t count) {
  const auto size_max = static_cast<std::uint64_t>(ctx.settings.proto_max_bulk_len.get());
  if (offset > size_max || count > size_max - offset) {
    throw dispatch::CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  }
}

// Makes the string at `key`, which was looked up, `size` bytes long, new bytes being zero, and lets write(bytes) change
// it, as Keyspace::resize_string() does. A limit may be set far above the memory that there is.
template <class Write>
void write_string(dispatch::DataContext& ctx, const store::Keyspace::Found& found, const store::Key& key,
                  std::size_t size, const Write& write) {
  try {
    ctx.keyspace.resize_string(found, key, size, write);
  } catch (const std::bad_alloc&) {
    throw dispatch::CommandError("ERR Insufficient memory, failed allocating the string");
  }
}

}  // namespace sluice::commands
