#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/clients/change_feed.hpp"
#include "server/dispatch/clients/client_registry.hpp"
#include "server/dispatch/clients/conversations.hpp"
#include "server/dispatch/state/figures.hpp"
#include "server/store/keyspace/reaper.hpp"
#include "server/tracking/broadcasts.hpp"
#include "server/tracking/invalidation.hpp"
#include "server/tracking/read_keys.hpp"

namespace sluice::tracking {

// Knows which connections have read which keys and want to be told when they change (CLIENT TRACKING), and tells them.
// The manager's.
//
// A connection is told at once, and once: a key that has changed has to be read again to be tracked again. Broadcasts
// are collected until the end of a run. While no connection tracks, changes are not even reported to the table.
class TrackingTable final : public dispatch::CommandObserver,
                            public dispatch::FigureSource,
                            private dispatch::ChangeListener,
                            private dispatch::SessionListener {
 public:
  TrackingTable(dispatch::ChangeFeed& feed, dispatch::ClientRegistry& clients, const dispatch::Settings& settings,
                store::Reaper& reaper);

  // Begins to track, or goes on doing so with other options. A connection that broadcasts already keeps its prefixes
  // and gets those of `wanted` in addition; with its first it gets at least the empty one.
  void enable(dispatch::Session& session, dispatch::TrackingState wanted);
  void disable(dispatch::Session& session);

  void tell(dispatch::FigureSection section, dispatch::FigureSink& sink) const override;

 private:
  void on_executed(dispatch::Session& session, const dispatch::SpecFields& spec, dispatch::Words words) override;
  void on_request_ended(dispatch::Session& session) override;
  void on_run_ended() override;
  void on_key_changed(int database, std::string_view key) override;
  void on_database_cleared(int database) override;
  void on_databases_swapped(int first, int second) override;
  void on_conversations_ended(dispatch::Session& session) override { disable(session); }

  void tell_readers(std::string_view key, const ReadKeys::Readers& readers, const dispatch::Session* changer);
  void tell_all();
  void tell(dispatch::Session& tracker, Invalidation& message) noexcept;
  void send(dispatch::Session& tracker, Invalidation& message);
  void add_prefix(dispatch::Session& session, const std::string& prefix);
  void forget_everything();
  void evict_excess(std::size_t count_max);

  dispatch::ChangeFeed& feed_;
  dispatch::ClientRegistry& clients_;
  const dispatch::Settings& settings_;
  store::Reaper& reaper_;

  ReadKeys read_keys_;
  Broadcasts broadcasts_;
  std::size_t client_count_ = 0;
  // The last database of those that have been cleared one after the other, as FLUSHALL does, and all trackers told once
  // for all of them; -1 if something else has happened since.
  int last_cleared_ = -1;
};

}  // namespace sluice::tracking
