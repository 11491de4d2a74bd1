#pragma once

#include "server/dispatch/change_feed.hpp"
#include "server/dispatch/client_registry.hpp"
#include "server/dispatch/contexts.hpp"
#include "server/dispatch/tracking_state.hpp"

namespace sluice::tracking {

// Which connections have read which keys and want to be told when they change (CLIENT TRACKING). The manager's.
class TrackingTable final : public dispatch::CommandObserver,
                            private dispatch::ChangeListener,
                            private dispatch::SessionListener {
 public:
  TrackingTable(dispatch::ChangeFeed& feed, dispatch::ClientRegistry& clients, const dispatch::Settings& settings);

 private:
  void on_executed(dispatch::Session& session, const dispatch::SpecFields& spec, dispatch::Words words) override;
  void on_pause() override;
  void on_key_changed(int database, std::string_view key) override;
  void on_conversations_ended(dispatch::Session& session) override;

  dispatch::ChangeFeed& feed_;
  dispatch::ClientRegistry& clients_;
  const dispatch::Settings& settings_;
};

}  // namespace sluice::tracking
