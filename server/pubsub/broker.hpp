#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/dispatch/clients/client_registry.hpp"
#include "server/dispatch/clients/conversations.hpp"
#include "server/dispatch/state/figures.hpp"

namespace sluice::pubsub {

// What a subscription is to: a channel by its name, all channels that a glob matches, or a shard channel, which has a
// name space of its own.
enum class Kind : std::uint8_t { channel, pattern, shard_channel };

// All subscriptions. Brings each published message to its subscribers, encoded once for each protocol version. The
// manager's.
class Broker final : public dispatch::FigureSource, private dispatch::SessionListener {
 public:
  using Subscribers = std::vector<dispatch::Session*>;
  using Index = std::map<std::string, Subscribers, std::less<>>;

  explicit Broker(dispatch::ClientRegistry& clients) { clients.add_listener(*this); }

  // False if it was subscribed already. This and unsubscribing cost O(log N) for N names.
  bool subscribe(dispatch::Session& session, Kind kind, std::string_view name);
  // False if it was not subscribed.
  bool unsubscribe(dispatch::Session& session, Kind kind, std::string_view name);

  // Sends the message to the subscribers of the channel, and unless it is a shard channel to those of matching
  // patterns; returns how many copies that were. `kind` is not pattern. Linear in the subscribers and in all patterns.
  std::size_t publish(Kind kind, std::string_view channel, std::string_view message) const;

  std::size_t subscriber_count(Kind kind, std::string_view name) const;
  // Of all names that somebody has subscribed to.
  const Index& index(Kind kind) const { return indexes_[static_cast<std::size_t>(kind)]; }
  // How many connections have subscribed to something.
  std::size_t client_count() const { return client_count_; }
  void tell(dispatch::FigureSection section, dispatch::FigureSink& sink) const override;

 private:
  void on_conversations_ended(dispatch::Session& session) override;
  void forget_if_unused(dispatch::Session& session, Kind kind, std::string_view name);
  Index& mutable_index(Kind kind) { return indexes_[static_cast<std::size_t>(kind)]; }

  Index indexes_[3];
  std::size_t client_count_ = 0;
};

// The names that the session has subscribed to, of one kind.
const dispatch::Subscriptions::Names& names_of(const dispatch::Session& session, Kind kind);

}  // namespace sluice::pubsub
