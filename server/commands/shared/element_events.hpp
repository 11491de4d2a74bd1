#pragma once

#include <cstddef>
#include <string_view>

#include "server/commands/shared/key_lookup.hpp"
#include "server/dispatch/call/contexts.hpp"

namespace sluice::commands {

// Tells of an event that concerns every `step`-th of `words` in the value of `key`.
inline void notify_elements(const dispatch::DataContext& ctx, dispatch::EventClass event_class, std::string_view event,
                            const store::Key& key, dispatch::Words words, std::size_t step = 1) {
  if (!ctx.settings.notify_keyspace_events.has(event_class)) [[likely]]
    return;
  if (step == 1) return ctx.notify(event_class, event, key, words);
  ctx.notify(event_class, event, key, every(step, words));
}

}  // namespace sluice::commands
