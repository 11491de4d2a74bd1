#pragma once

#include "server/base/clock.hpp"
#include "server/base/hash.hpp"
#include "server/config/config.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/clients/blocked_clients.hpp"
#include "server/dispatch/clients/change_feed.hpp"
#include "server/dispatch/clients/client_limits.hpp"
#include "server/dispatch/clients/client_registry.hpp"
#include "server/dispatch/clients/monitors.hpp"
#include "server/dispatch/clients/watch_table.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/state/effects.hpp"
#include "server/dispatch/state/server_control.hpp"
#include "server/dispatch/state/server_state.hpp"
#include "server/dispatch/state/settings.hpp"
#include "server/dispatch/state/statistics.hpp"
#include "server/pubsub/broker.hpp"
#include "server/pubsub/notifier.hpp"
#include "server/store/keyspace/databases.hpp"
#include "server/store/keyspace/reaper.hpp"
#include "server/tracking/tracking_table.hpp"

namespace sluice {

// Everything that commands are executed on, put together: the store, the services and the list of commands; no sockets,
// no timers, no threads but the reaper's. The owner (manager::Manager, or a test) brings the commands.
struct Engine {
  // `settings` and `config` must outlive it; so must `server`, which commands reach through it.
  Engine(dispatch::Settings& settings, config::Config& config, dispatch::ServerControl& server);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() = default;

  dispatch::ServerParts parts();

  dispatch::Settings& settings;
  config::Config& config;
  dispatch::ServerControl& server;
  base::KeyHasher hasher;
  base::Clock clock;
  store::Reaper reaper;
  store::Databases databases;
  dispatch::CommandRegistry commands;
  dispatch::Statistics statistics;
  dispatch::ServerState state;
  dispatch::Effects effects;
  dispatch::ClientRegistry clients;
  pubsub::Broker broker;
  pubsub::Notifier notifier;
  dispatch::ChangeFeed changes;
  dispatch::BlockedClients blocked;
  dispatch::WatchTable watches;
  dispatch::Monitors monitors;
  dispatch::ClientLimits limits;
  tracking::TrackingTable tracking;
  dispatch::Services services;
  dispatch::FigureSources figures;

 private:
  void follow_settings();
};

}  // namespace sluice
