#include "server/dispatch/call/gates.hpp"

#include <array>

#include "server/base/text.hpp"
#include "server/dispatch/clients/conversations.hpp"

namespace sluice::dispatch {

namespace {

bool is_asked(const Gate& gate, Origin origin) {
  switch (origin) {
    case Origin::client:
      return true;
    case Origin::transaction:
      return gate.again_at_exec;
    case Origin::script:
      return gate.in_scripts;
    case Origin::primary:
    case Origin::log:
      return false;
  }
  return true;
}

}  // namespace

std::string Refusal::line() const {
  std::string line(text);
  if (!command_name.empty()) line += base::to_lower(command_name);
  line += rest;
  return line;
}

// Queuing takes memory, whatever is queued.
bool may_grow_memory(const Session& session, const SpecFields& spec) {
  const Transaction* transaction = session.conversations.transaction.get();
  if (spec.flags.has(Flag::deny_oom) || transaction == nullptr) return spec.flags.has(Flag::deny_oom);
  return spec.flags.has(Flag::ends_transaction) ? transaction->may_grow_memory : !spec.flags.has(Flag::never_queued);
}

std::optional<Refusal> refuse_unauthenticated(const GateQuestion& question) {
  const bool is_trusted = question.session.chosen.is_authenticated || !question.settings.requires_password;
  if (is_trusted || question.spec.flags.has(Flag::no_auth)) return std::nullopt;
  return Refusal{"NOAUTH Authentication required."};
}

std::optional<Refusal> refuse_protected_command(const GateQuestion& question) {
  if (!question.spec.flags.has(Flag::protected_command)) [[likely]]
    return std::nullopt;
  const std::string& allowed = question.settings.enable_debug_command;
  if (allowed == "yes" || (allowed == "local" && question.session.endpoints.is_loopback)) return std::nullopt;
  return Refusal{
      "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a "
      "local connection, otherwise you need to set this option in the configuration file, and then restart the "
      "server."};
}

std::optional<Refusal> refuse_in_subscribed_mode(const GateQuestion& question) {
  const Session& session = question.session;
  if (!session.is_subscribed() || session.chosen.protocol != protocol::ProtocolVersion::resp2) [[likely]]
    return std::nullopt;
  if (question.spec.flags.has(Flag::in_subscribed_mode)) return std::nullopt;
  return Refusal{.text = "ERR Can't execute '",
                 .command_name = question.spec.name,
                 .rest = "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"};
}

std::optional<Refusal> refuse_when_memory_is_full(const GateQuestion& question) {
  if (!question.state.conditions.has(Condition::memory_full)) [[likely]]
    return std::nullopt;
  if (!may_grow_memory(question.session, question.spec)) return std::nullopt;
  return Refusal{"OOM command not allowed when used memory > 'maxmemory'."};
}

std::optional<Refusal> refuse_to_monitor(const GateQuestion& question) {
  if (!question.session.conversations.is_monitor) [[likely]]
    return std::nullopt;
  const Flags flags = question.spec.flags;
  if (!flags.has(Flag::readonly) && !flags.has(Flag::write) && !flags.has(Flag::may_replicate)) return std::nullopt;
  return Refusal{"ERR Replica can't interact with the keyspace"};
}

std::optional<Refusal> find_refusal(const GateQuestion& question) {
  static constexpr std::array<Gate, 5> gates = {{{.ask = refuse_unauthenticated},
                                                 {.ask = refuse_protected_command},
                                                 {.ask = refuse_when_memory_is_full, .in_scripts = true},
                                                 {.ask = refuse_in_subscribed_mode},
                                                 {.ask = refuse_to_monitor}}};
  return find_refusal(gates, question);
}

std::optional<Refusal> find_refusal(std::span<const Gate> gates, const GateQuestion& question) {
  for (const Gate& gate : gates) {
    if (!is_asked(gate, question.origin)) continue;
    if (auto refusal = gate.ask(question)) return refusal;
  }
  return std::nullopt;
}

}  // namespace sluice::dispatch
