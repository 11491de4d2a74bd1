#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/dispatch/call/request.hpp"
#include "server/dispatch/clients/session.hpp"
#include "server/dispatch/requests/spec.hpp"
#include "server/dispatch/state/server_state.hpp"
#include "server/dispatch/state/settings.hpp"

namespace sluice::dispatch {

// All that a gate decides on.
struct GateQuestion {
  const Session& session;
  const SpecFields& spec;
  Words words;
  Origin origin = Origin::client;
  const Settings& settings;
  const ServerState& state;
};

// The error reply of a refused command: a fixed text, perhaps around the command's name. Refusing allocates nothing
// unless the text names the command.
struct Refusal {
  std::string_view text;               // starts with the code, "NOAUTH …"
  std::string_view command_name = {};  // in any case; shown in lower case behind `text`
  std::string_view rest = {};          // behind the name

  std::string line() const;
};

// A reason to refuse commands, and when it is looked for besides the moment at which a client asks for a command (or
// queues it).
struct Gate {
  std::optional<Refusal> (*ask)(const GateQuestion&);
  bool again_at_exec = false;  // the reason may have come up between queueing and EXEC
  bool in_scripts = false;     // also for each command that a script calls
};

// Whether any gate could refuse: one glance at the facts that all gates ask for first. Nearly every command passes
// here.
inline bool may_be_refused(const Session& session, const SpecFields& spec, const ServerState& state) {
  return !session.is_ordinary() || !state.conditions.empty() || spec.flags.has(Flag::protected_command);
}

// Why the command must not run, or nothing if it may. Gates are asked in their order; the first refusal stands. The
// primary and the log are never refused.
std::optional<Refusal> find_refusal(const GateQuestion& question);

// The same for gates other than the server's own.
std::optional<Refusal> find_refusal(std::span<const Gate> gates, const GateQuestion& question);

// Whether the command, or the transaction that it runs, may make the data grow.
bool may_grow_memory(const Session& session, const SpecFields& spec);

// The gates, each by itself.
std::optional<Refusal> refuse_unauthenticated(const GateQuestion& question);
std::optional<Refusal> refuse_protected_command(const GateQuestion& question);
// maxmemory bounds what the databases take; commands that may make them grow are refused from there on.
std::optional<Refusal> refuse_when_memory_is_full(const GateQuestion& question);
// A RESP2 connection that is subscribed to something cannot tell replies from messages.
std::optional<Refusal> refuse_in_subscribed_mode(const GateQuestion& question);
// A connection that is shown every command works with no keys itself. The words are those of Redis, which keeps it
// among its replicas.
std::optional<Refusal> refuse_to_monitor(const GateQuestion& question);

}  // namespace sluice::dispatch
