#pragma once

#include <optional>
#include <string>

#include "server/dispatch/clients/session.hpp"
#include "server/dispatch/requests/spec.hpp"
#include "server/dispatch/state/settings.hpp"
#include "server/store/keyspace/databases.hpp"

namespace sluice::dispatch {

// What a gate decides on.
struct GateQuestion {
  const Session& session;
  const SpecFields& spec;
  const Settings& settings;
  const store::Databases& databases;
};

// What every gate looks at first, in one glance: false if none of them can refuse. Nearly every command gets no
// further.
inline bool may_be_refused(const GateQuestion& question) {
  const Session& session = question.session;
  const Settings& settings = question.settings;
  const bool is_trusted = session.is_authenticated || !settings.requires_password;
  const bool is_ordinary = session.subscriptions == nullptr && !session.is_monitor;
  return !is_trusted || !is_ordinary || settings.maxmemory != 0 || question.spec.flags.has(Flag::protected_command);
}

// The reply line that refuses the command, or nothing if it may run. Gates are asked in their order; the first refusal
// stands.
std::optional<std::string> find_refusal(const GateQuestion& question);

// The gates, each by itself.
std::optional<std::string> refuse_unauthenticated(const GateQuestion& question);
std::optional<std::string> refuse_protected_command(const GateQuestion& question);
// maxmemory bounds what the databases take; commands that may make them grow are refused from there on.
std::optional<std::string> refuse_when_memory_is_full(const GateQuestion& question);
// A RESP2 connection that is subscribed to something cannot tell replies from messages.
std::optional<std::string> refuse_in_subscribed_mode(const GateQuestion& question);
// A connection that is shown every command works with no keys itself. The words are those of Redis, which keeps it
// among its replicas.
std::optional<std::string> refuse_to_monitor(const GateQuestion& question);

}  // namespace sluice::dispatch
