#include "server/pubsub/notifier.hpp"

#include <fmt/format.h>

#include <new>
#include <string>

namespace sluice::pubsub {

using dispatch::EventChannel;

namespace {

// "<size>:<bytes>", separated by commas.
std::string items_of(std::span<const std::string_view> elements) {
  std::string items;
  for (const std::string_view element : elements) {
    if (!items.empty()) items += ',';
    items += fmt::format("{}:{}", element.size(), element);
  }
  return items;
}

}  // namespace

void Notifier::on_event(int database, dispatch::EventClass event_class, std::string_view event, std::string_view key,
                        std::span<const std::string_view> elements) {
  if (!settings_.notify_keyspace_events.has(event_class)) return;
  try {
    tell(database, event, key, elements);
  } catch (const std::bad_alloc&) {
    // The change has happened all the same. Subscribers have no promise that they hear of every event.
  }
}

void Notifier::tell(int database, std::string_view event, std::string_view key,
                    std::span<const std::string_view> elements) {
  const dispatch::EventChannels channels = settings_.notify_keyspace_events.channels;
  if (channels.has(EventChannel::key)) publish(fmt::format("__keyspace@{}__:{}", database, key), event);
  if (channels.has(EventChannel::event)) publish(fmt::format("__keyevent@{}__:{}", database, event), key);
  if (!elements.empty()) [[unlikely]]
    tell_of_elements(database, event, key, elements);
}

void Notifier::tell_of_elements(int database, std::string_view event, std::string_view key,
                                std::span<const std::string_view> elements) {
  const dispatch::EventChannels channels = settings_.notify_keyspace_events.channels;
  if (channels.has(EventChannel::elements)) {
    publish(fmt::format("__subkeyspace@{}__:{}", database, key), fmt::format("{}|{}", event, items_of(elements)));
  }
  if (channels.has(EventChannel::element_event)) {
    publish(fmt::format("__subkeyevent@{}__:{}", database, event),
            fmt::format("{}:{}|{}", key.size(), key, items_of(elements)));
  }
  // Where the key has a line break, nobody could tell where it ends.
  if (channels.has(EventChannel::element) && key.find('\n') == std::string_view::npos) {
    for (const std::string_view element : elements) {
      publish(fmt::format("__subkeyspaceitem@{}__:{}\n{}", database, key, element), event);
    }
  }
  if (channels.has(EventChannel::key_event)) {
    publish(fmt::format("__subkeyspaceevent@{}__:{}|{}", database, event, key), items_of(elements));
  }
}

void Notifier::publish(std::string_view channel, std::string_view message) {
  broker_.publish(Kind::channel, channel, message);
}

}  // namespace sluice::pubsub
