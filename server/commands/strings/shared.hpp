#pragma once

#include <string_view>

#include "server/commands/shared/string_values.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/store/keyspace/keyspace.hpp"

// What the commands on strings share.
namespace sluice::commands::strings {

inline void reply_string(protocol::ReplyWriter& reply, const store::Entry* entry) {
  if (entry == nullptr) {
    reply.null();
  } else {
    reply.bulk(entry->string());
  }
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
