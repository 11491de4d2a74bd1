#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "server/base/clock.hpp"
#include "server/dispatch/clients/change_feed.hpp"
#include "server/dispatch/clients/client_registry.hpp"
#include "server/dispatch/clients/conversations.hpp"
#include "server/dispatch/clients/session.hpp"

namespace sluice::dispatch {

// The clients whose blocking commands wait: for which keys, in which order, and until when. The manager's.
//
// Nothing here runs a command. Changes of the keys that somebody waits for are noted as they happen; after the command
// that made them the executor takes the ready keys, in the order in which they became ready, and runs the commands of
// those who wait for them, in the order in which they came. While nobody waits, changes are not even reported.
class BlockedClients final : private ChangeListener, private SessionListener {
 public:
  // All must outlive it.
  BlockedClients(ChangeFeed& feed, ClientRegistry& clients, const base::Clock& clock) : feed_(feed), clock_(clock) {
    feed_.add(*this);
    clients.add_listener(*this);
  }

  // `session` must not be parked. Costs O(log N) for each key.
  void park(Session& session, ParkedCommand command);
  // Answers a parked session, and lets it go on: with the reply to its command, with the null that tells that the time
  // is over, or with an error.
  void release(Session& session, SharedBytes reply);
  void time_out(Session& session);
  void fail(Session& session, std::string_view error_line);

  // A key that changed while somebody waited for it.
  using ReadyKey = std::pair<int, std::string>;  // database, key
  bool has_ready() const { return !ready_.empty(); }
  ReadyKey take_ready();
  // Of those who wait for the key, the first to have come after the `arrival`th of all clients that ever waited, whose
  // own number `arrival` then becomes; null if there is none. O(log N), however many wait.
  Session* next_waiting(const ReadyKey& key, std::uint64_t& arrival) const;

  // Of those whose time has come, the one whose came first; nothing if there is none.
  Session* find_due(std::int64_t now_ms) const;
  std::optional<std::int64_t> next_deadline_ms() const;

  std::size_t size() const { return parked_count_; }
  std::size_t key_count() const { return waiting_.size(); }
  std::size_t timed_count() const { return deadlines_.size(); }

 private:
  struct KeyView {
    int database;
    std::string_view key;
  };
  struct Less {
    using is_transparent = void;
    static KeyView view(const ReadyKey& key) { return {key.first, key.second}; }
    static KeyView view(KeyView key) { return key; }
    bool operator()(const auto& left, const auto& right) const {
      const KeyView a = view(left);
      const KeyView b = view(right);
      return a.database != b.database ? a.database < b.database : a.key < b.key;
    }
  };
  // By the number of their arrival.
  using Waiters = std::map<std::uint64_t, Session*>;

  void unpark(Session& session);
  void on_conversations_ended(Session& session) override;
  void on_key_changed(int database, std::string_view key) override;
  void on_databases_swapped(int first, int second) override;

  ChangeFeed& feed_;
  const base::Clock& clock_;
  std::map<ReadyKey, Waiters, Less> waiting_;
  std::deque<ReadyKey> ready_;
  std::set<ReadyKey, Less> ready_set_;
  std::set<std::pair<std::int64_t, Session*>> deadlines_;
  std::map<Session*, std::uint64_t> arrivals_;
  std::uint64_t last_arrival_ = 0;
  std::size_t parked_count_ = 0;
};

// The timeout of a blocking command, in seconds and their fractions, as milliseconds; 0 is no end. Throws CommandError
// for what is no number, negative or too large.
std::int64_t parse_timeout_ms(std::string_view seconds);

}  // namespace sluice::dispatch
