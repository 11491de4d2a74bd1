#include "server/pubsub/notifier.hpp"

#include <fmt/format.h>

namespace sluice::pubsub {

void Notifier::on_event(int database, dispatch::EventClass event_class, std::string_view event, std::string_view key) {
  const dispatch::EventSelection& selection = settings_.notify_keyspace_events;
  if (!selection.has(event_class)) return;
  if (selection.by_key) broker_.publish(Kind::channel, fmt::format("__keyspace@{}__:{}", database, key), event);
  if (selection.by_event) broker_.publish(Kind::channel, fmt::format("__keyevent@{}__:{}", database, event), key);
}

}  // namespace sluice::pubsub
