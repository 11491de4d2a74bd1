#pragma once

#include <cstddef>
#include <map>
#include <string_view>
#include <vector>

#include "server/dispatch/clients/change_feed.hpp"
#include "server/dispatch/clients/client_registry.hpp"
#include "server/dispatch/clients/database_key.hpp"
#include "server/dispatch/clients/session.hpp"
#include "server/dispatch/state/figures.hpp"

namespace sluice::dispatch {

// Which connections watch which keys (WATCH). A change to a key marks those who watch it, and their next EXEC refuses.
// The manager's.
class WatchTable final : public FigureSource, private ChangeListener, private SessionListener {
 public:
  WatchTable(store::Databases& databases, ChangeFeed& feed, ClientRegistry& clients)
      : databases_(databases), feed_(feed) {
    feed_.add(*this);
    clients.add_listener(*this);
  }

  void watch(Session& session, int database, std::string_view key);
  // Whether nothing that the session watches has changed, expiry included.
  bool is_unchanged(const Session& session);
  // Ends all its watching, and forgets what has changed.
  void unwatch(Session& session);

  void tell(FigureSection section, FigureSink& sink) const override;

 private:
  void on_conversations_ended(Session& session) override { unwatch(session); }
  void on_key_changed(int database, std::string_view key) override;
  void on_database_cleared(int database) override;
  void on_databases_swapped(int first, int second) override;
  bool exists(int database, std::string_view key);
  static void mark(const std::vector<Session*>& sessions);

  store::Databases& databases_;
  ChangeFeed& feed_;
  using Watchers = std::map<DatabaseKey, std::vector<Session*>, DatabaseKeyLess>;

  // An upper bound of what a key takes up besides its bytes, for the session's figures.
  static constexpr std::size_t node_bytes = 144;

  Watchers watchers_;
  std::map<const Session*, std::vector<Watchers::iterator>> watched_;
};

}  // namespace sluice::dispatch
