#pragma once

#include <cstddef>
#include <string_view>

#include "server/base/number_text.hpp"
#include "server/commands/shared/key_lookup.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/store/keyspace/keyspace.hpp"

// What the commands on strings share.
namespace sluice::commands::strings {

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

inline void reply_string(protocol::ReplyWriter& reply, const store::Entry* entry) {
  if (entry == nullptr) {
    reply.null();
  } else {
    reply.bulk(entry->string());
  }
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

// The same for the commands that do just this.
inline void set_value(dispatch::DataContext& ctx, const store::Keyspace::Found& found, const store::Key& key,
                      std::string_view value, store::Keyspace::Expiry expiry = store::Keyspace::Expiry::clear) {
  const store::Type before = found ? found->type() : store::Type::string;
  const bool is_replaced = static_cast<bool>(found);
  put_value(ctx, found, key, value, expiry);
  if (is_replaced) ctx.notify_replaced(key, before, store::Type::string);
  ctx.notify(dispatch::EventClass::string, "set", key);
}
inline void set_value(dispatch::DataContext& ctx, const store::Key& key, std::string_view value,
                      store::Keyspace::Expiry expiry = store::Keyspace::Expiry::clear) {
  if (ctx.settings.notify_keyspace_events.has_replacing()) [[unlikely]]
    return set_value(ctx, ctx.keyspace.find(key), key, value, expiry);
  put_value(ctx, key, value, expiry);
  ctx.notify(dispatch::EventClass::string, "set", key);
}

}  // namespace sluice::commands::strings
