#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/reply_writer.hpp"
#include "server/base/clock.hpp"
#include "server/dispatch/arg_reader.hpp"
#include "server/dispatch/session.hpp"
#include "server/dispatch/settings.hpp"
#include "server/dispatch/statistics.hpp"
#include "server/store/databases.hpp"

namespace sluice::config {
class Config;
}

namespace sluice::dispatch {

class ClientRegistry;
class CommandRegistry;
class ServerControl;

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
};

// What a session command may touch: its own connection's state and what it needs to check it.
struct SessionContext {
  Session& session;
  const base::Clock& clock;
  const Settings& settings;
  protocol::ReplyWriter& reply;
  KeyHashing hashing;
};

// What an administrative command may touch: the whole server, through its parts.
struct AdminContext {
  Session& session;
  store::Databases& databases;
  base::Clock& clock;
  Settings& settings;
  Statistics& statistics;
  ClientRegistry& clients;
  const CommandRegistry& commands;
  config::Config& config;
  ServerControl& server;
  protocol::ReplyWriter& reply;
  KeyHashing hashing;
};

}  // namespace sluice::dispatch
