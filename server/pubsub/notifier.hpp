#pragma once

#include <span>
#include <string_view>

#include "server/dispatch/state/keyspace_events.hpp"
#include "server/dispatch/state/settings.hpp"
#include "server/pubsub/broker.hpp"

namespace sluice::pubsub {

// Publishes keyspace notifications, through the channels that notify-keyspace-events asks for.
class Notifier final : public dispatch::KeyspaceEvents {
 public:
  Notifier(const Broker& broker, const dispatch::Settings& settings) : broker_(broker), settings_(settings) {}

  using dispatch::KeyspaceEvents::on_event;
  void on_event(int database, dispatch::EventClass event_class, std::string_view event, std::string_view key,
                std::span<const std::string_view> elements) override;

 private:
  void tell(int database, std::string_view event, std::string_view key, std::span<const std::string_view> elements);
  void tell_of_elements(int database, std::string_view event, std::string_view key,
                        std::span<const std::string_view> elements);
  void publish(std::string_view channel, std::string_view message);

  const Broker& broker_;
  const dispatch::Settings& settings_;
};

}  // namespace sluice::pubsub
