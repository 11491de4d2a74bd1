#include "server/dispatch/call/gates.hpp"

#include <array>

#include "server/base/text.hpp"
#include "server/dispatch/clients/conversations.hpp"

namespace sluice::dispatch {

namespace {

// Queuing takes memory, whatever is queued.
bool may_grow_memory(const GateQuestion& question) {
  const Flags flags = question.spec.flags;
  const Transaction* transaction = question.session.transaction.get();
  if (flags.has(Flag::deny_oom) || transaction == nullptr) return flags.has(Flag::deny_oom);
  return flags.has(Flag::ends_transaction) ? transaction->may_grow_memory : !flags.has(Flag::never_queued);
}

}  // namespace

std::optional<std::string> refuse_unauthenticated(const GateQuestion& question) {
  const bool is_trusted = question.session.is_authenticated || !question.settings.requires_password;
  if (is_trusted || question.spec.flags.has(Flag::no_auth)) return std::nullopt;
  return "NOAUTH Authentication required.";
}

std::optional<std::string> refuse_protected_command(const GateQuestion& question) {
  if (!question.spec.flags.has(Flag::protected_command)) [[likely]]
    return std::nullopt;
  const std::string& allowed = question.settings.enable_debug_command;
  if (allowed == "yes" || (allowed == "local" && question.session.endpoints.is_loopback)) return std::nullopt;
  return "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a "
         "local connection, otherwise you need to set this option in the configuration file, and then restart the "
         "server.";
}

std::optional<std::string> refuse_in_subscribed_mode(const GateQuestion& question) {
  const Session& session = question.session;
  const bool is_subscribed = session.subscriptions != nullptr && !session.subscriptions->empty();
  if (!is_subscribed || session.protocol != protocol::ProtocolVersion::resp2) [[likely]]
    return std::nullopt;
  if (question.spec.flags.has(Flag::in_subscribed_mode)) return std::nullopt;
  return "ERR Can't execute '" + base::to_lower(question.spec.name) +
         "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";
}

std::optional<std::string> refuse_when_memory_is_full(const GateQuestion& question) {
  if (question.settings.maxmemory == 0 || !may_grow_memory(question)) return std::nullopt;
  if (question.databases.memory_bytes() <= static_cast<std::size_t>(question.settings.maxmemory)) return std::nullopt;
  return "OOM command not allowed when used memory > 'maxmemory'.";
}

std::optional<std::string> refuse_to_monitor(const GateQuestion& question) {
  if (!question.session.is_monitor) [[likely]]
    return std::nullopt;
  const Flags flags = question.spec.flags;
  if (!flags.has(Flag::readonly) && !flags.has(Flag::write) && !flags.has(Flag::may_replicate)) return std::nullopt;
  return "ERR Replica can't interact with the keyspace";
}

std::optional<std::string> find_refusal(const GateQuestion& question) {
  using Gate = std::optional<std::string> (*)(const GateQuestion&);
  static constexpr std::array<Gate, 5> gates = {refuse_unauthenticated, refuse_protected_command,
                                                refuse_when_memory_is_full, refuse_in_subscribed_mode,
                                                refuse_to_monitor};
  for (const Gate gate : gates) {
    if (auto refusal = gate(question)) return refusal;
  }
  return std::nullopt;
}

}  // namespace sluice::dispatch
