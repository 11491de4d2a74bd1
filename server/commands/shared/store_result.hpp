#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "server/commands/shared/key_lookup.hpp"
#include "server/dispatch/call/contexts.hpp"

namespace sluice::commands {

// Puts `result`, a collection, in the place of whatever the destination holds, tells of it as `event`, and replies with
// its size. An empty one removes the destination.
template <class Value>
void store_result(dispatch::DataContext& ctx, const store::Key& destination, Value result,
                  dispatch::EventClass event_class, std::string_view event) {
  auto present = ctx.keyspace.find(destination);
  if (result.empty()) {
    if (present) {
      present.erase();
      ctx.notify(dispatch::EventClass::generic, "del", destination);
    }
    return ctx.reply.integer(0);
  }
  const auto count = static_cast<std::int64_t>(result.size());
  const bool is_replaced = static_cast<bool>(present);
  const store::Type before = is_replaced ? present->type() : Value::type;
  ctx.keyspace.put(destination, std::move(result));
  if (is_replaced) ctx.notify_replaced(destination, before, Value::type);
  ctx.notify(event_class, event, destination);
  ctx.reply.integer(count);
}

}  // namespace sluice::commands
