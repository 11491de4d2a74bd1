#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/reply_writer.hpp"
#include "server/base/clock.hpp"
#include "server/dispatch/call/request.hpp"
#include "server/dispatch/clients/session.hpp"
#include "server/dispatch/requests/arg_reader.hpp"
#include "server/dispatch/state/effects.hpp"
#include "server/dispatch/state/figures.hpp"
#include "server/dispatch/state/keyspace_events.hpp"
#include "server/dispatch/state/server_state.hpp"
#include "server/dispatch/state/services.hpp"
#include "server/dispatch/state/settings.hpp"
#include "server/dispatch/state/statistics.hpp"
#include "server/store/keyspace/databases.hpp"

namespace sluice::dispatch {

class BlockedClients;
class ClientLimits;
class ClientRegistry;
class CommandObserver;
class CommandRegistry;
class Monitors;
class ServerControl;
class TransactionRunner;
class WatchTable;

// Everything that commands are executed on. Views parts that outlive it.
struct ServerParts {
  store::Databases& databases;
  base::Clock& clock;
  Settings& settings;
  Statistics& statistics;
  ClientRegistry& clients;
  const CommandRegistry& commands;
  ServerControl& control;
  KeyspaceEvents& events;
  Effects& effects;
  ServerState& state;
  BlockedClients& blocked;
  WatchTable& watches;
  Monitors& monitors;
  ClientLimits& limits;
  CommandObserver& observer;
  const Services& services;
  const FigureSources& figures;
  base::KeyHasher hasher;
};

// What a data command may touch: the keyspaces, the time, its reply. No sockets, no other clients.
struct DataContext {
  store::Databases& databases;
  store::Keyspace& keyspace;  // of the selected database
  int database;
  const base::Clock& clock;
  const Settings& settings;
  Statistics& statistics;
  protocol::ReplyWriter& reply;
  KeyHashing hashing;
  KeyspaceEvents& events;
  Effects& effects;

  // Tells those who listen to keyspace notifications of what has happened to a key of the selected database, and to
  // which elements of its value if it is a hash or a set.
  void notify(EventClass event_class, std::string_view event, const store::Key& key) const {
    notify_in(database, event_class, event, key);
  }
  void notify(EventClass event_class, std::string_view event, const store::Key& key,
              std::span<const std::string_view> elements) const {
    if (settings.notify_keyspace_events.has(event_class)) [[unlikely]]
      events.on_event(database, event_class, event, key.bytes, elements);
  }
  // Tells that a value of type `before` was, or is about to be, replaced as a whole by one of type `now`.
  void notify_replaced(const store::Key& key, store::Type before, store::Type now) const {
    notify_replaced_in(database, key, before, now);
  }
  void notify_replaced_in(int other_database, const store::Key& key, store::Type before, store::Type now) const {
    if (!settings.notify_keyspace_events.has_replacing()) [[likely]]
      return;
    notify_in(other_database, EventClass::overwritten, "overwritten", key);
    if (before != now) notify_in(other_database, EventClass::type_changed, "type_changed", key);
  }
  void notify_in(int other_database, EventClass event_class, std::string_view event, const store::Key& key) const {
    if (settings.notify_keyspace_events.has(event_class)) [[unlikely]]
      events.on_event(other_database, event_class, event, key.bytes);
  }
};

// What a blocking command may touch: what a data command may, and the means to wait.
//
// The command tries at once. When it finds nothing it calls wait_for(), unless may_wait is false, and returns without a
// reply; it is executed again, from a copy of its words, when one of the keys has changed and holds a value of the type
// that it waits for, and then finds something or calls wait_for() again. When the time is over the client gets a null
// array.
struct BlockingContext : DataContext {
  struct Wait {
    std::vector<std::string_view> keys;  // words of the request, in their order
    store::Type type = store::Type::list;
    std::int64_t timeout_ms = 0;
    bool wakes_on_absence = false;          // see ParkedCommand
    std::vector<std::string_view> request;  // runs instead of the request as it came, unless it is empty
    void (*on_timeout)(protocol::ReplyWriter& reply) = nullptr;
  };

  Session& session;
  bool may_wait = true;  // not inside a transaction, where the command answers at once that it found nothing
  std::optional<Wait> wait = std::nullopt;

  // `timeout_ms`: from now; 0 is for ever. Requires may_wait. Further fields of `wait` are set afterwards.
  void wait_for(std::span<const store::Key> keys, store::Type type, std::int64_t timeout_ms);
};

// What a session command may touch: its own connection's state and what it needs to check it.
struct SessionContext {
  Session& session;
  const base::Clock& clock;
  const Settings& settings;
  protocol::ReplyWriter& reply;
  KeyHashing hashing;
};

// What a command of a transaction may touch: the connection's queue, what it watches, and who runs the queue.
struct TransactionContext {
  Session& session;
  WatchTable& watches;
  TransactionRunner& runner;
  protocol::ReplyWriter& reply;
  KeyHashing hashing;
};

// Runs what a connection has queued.
class TransactionRunner {
 public:
  // Runs the commands one after the other, each replying by itself.
  virtual void run_queued(Session& session, const Transaction& transaction, protocol::ReplyWriter& reply) = 0;

 protected:
  ~TransactionRunner() = default;
};

// What a pub/sub command may touch: its own subscriptions and everybody's.
struct PubSubContext {
  Session& session;
  const Services& services;
  protocol::ReplyWriter& reply;
  KeyHashing hashing;
  Effects& effects;
  Origin origin = Origin::client;
};

// What an administrative command may touch: the whole server, through its parts.
struct AdminContext {
  const ServerParts& parts;
  Session& session;
  protocol::ReplyWriter& reply;
  KeyHashing hashing;
  Origin origin = Origin::client;
};

// Told of the commands of connections that track what they read.
class CommandObserver {
 public:
  // A connection with a TrackingState has executed a command, with whatever outcome.
  virtual void on_executed(Session& session, const SpecFields& spec, Words words) = 0;
  // A request of such a connection has been dealt with: a command, perhaps queued or refused, or a whole transaction.
  virtual void on_request_ended(Session& session) = 0;
  // All that was there has been executed; the answers are about to be sent.
  virtual void on_run_ended() = 0;

 protected:
  ~CommandObserver() = default;
};

}  // namespace sluice::dispatch
