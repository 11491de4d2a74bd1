#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/clock.hpp"
#include "server/dispatch/clients/change_feed.hpp"
#include "server/dispatch/clients/client_registry.hpp"
#include "server/dispatch/clients/conversations.hpp"
#include "server/dispatch/clients/database_key.hpp"
#include "server/dispatch/clients/session.hpp"
#include "server/dispatch/state/figures.hpp"
#include "server/dispatch/state/statistics.hpp"

namespace sluice::dispatch {

// The clients whose blocking commands wait: for which keys, in which order, and until when. The manager's.
//
// Nothing here runs a command. Changes of the keys that somebody waits for are noted as they happen; after the command
// that made them the executor takes the ready keys, in the order in which they became ready, and runs the commands of
// those who wait for them, in the order in which they came. While nobody waits, changes are not even reported.
class BlockedClients final : public FigureSource, private ChangeListener, private SessionListener {
 public:
  // All must outlive it.
  BlockedClients(ChangeFeed& feed, ClientRegistry& clients, const base::Clock& clock, Statistics& statistics)
      : feed_(feed), clock_(clock), statistics_(statistics) {
    feed_.add(*this);
    clients.add_listener(*this);
  }

  // `session` must not be parked. Costs O(log N) for each key.
  void park(Session& session, ParkedCommand command);
  // Answers a parked session, and lets it go on: with the reply to its command, which was run again, with the reply
  // that tells that the time is over, or with an error. The latter two count as the call of the command.
  void release(Session& session, const protocol::ReplyBuffer& reply);
  void time_out(Session& session);
  void fail(Session& session, std::string_view error_line);

  // Keys that changed while somebody waited for them.
  bool has_ready() const { return next_ready_ < ready_.size(); }
  // The first ready key. The caller gives it back with end_serving(); changes that come meanwhile make it ready again.
  const DatabaseKey& begin_serving();
  void end_serving(const DatabaseKey& key);
  // Of those who wait for the key, the first to have come after the `arrival`th of all clients that ever waited, whose
  // own number `arrival` then becomes; null if there is none. O(log N), however many wait.
  Session* next_waiting(const DatabaseKeyView& key, std::uint64_t& arrival) const;
  // Whether any of them wants to know that the key is gone or of another type.
  bool is_absence_awaited(const DatabaseKeyView& key) const { return absence_awaited_.contains(key); }

  // Of those whose time has come, the one whose came first; nothing if there is none.
  Session* find_due(std::int64_t now_ms) const;
  std::optional<std::int64_t> next_deadline_ms() const;

  std::size_t size() const { return parked_count_; }
  std::size_t key_count() const { return waiting_.size(); }
  std::size_t absence_key_count() const { return absence_awaited_.size(); }
  void tell(FigureSection section, FigureSink& sink) const override;

 private:
  // The clients that wait for a key, by the number of their arrival. Stays as long as the key is ready or being served.
  struct Waiters {
    std::map<std::uint64_t, Session*> sessions;
    bool is_ready = false;
    bool is_being_served = false;
  };
  using Waiting = std::map<DatabaseKey, Waiters, DatabaseKeyLess>;

  void answer(Session& session, bool is_error, const protocol::ReplyBuffer& reply);
  void unpark(Session& session);
  void forget_if_unused(Waiting::iterator waited);
  void drop_served();
  void on_conversations_ended(Session& session) override;
  void on_key_changed(int database, std::string_view key) override;
  void on_database_cleared(int database) override;
  void on_databases_swapped(int first, int second) override;

  ChangeFeed& feed_;
  const base::Clock& clock_;
  Statistics& statistics_;
  Waiting waiting_;
  std::map<DatabaseKey, std::size_t, DatabaseKeyLess> absence_awaited_;  // by how many
  // In the order in which they became ready. Always with room for every key that is waited for: changes, which cannot
  // be undone, need no memory here.
  std::vector<Waiting::iterator> ready_;
  std::size_t next_ready_ = 0;  // the clients before it have been taken
  std::set<std::pair<std::int64_t, Session*>> deadlines_;
  std::uint64_t last_arrival_ = 0;
  std::size_t parked_count_ = 0;
};

}  // namespace sluice::dispatch
