#include "server/dispatch/gates.hpp"

#include <array>

namespace sluice::dispatch {

std::optional<std::string_view> refuse_unauthenticated(const GateQuestion& question) {
  const bool is_trusted = question.session.is_authenticated || !question.settings.requires_password;
  if (is_trusted || question.spec.flags.has(Flag::no_auth)) return std::nullopt;
  return "NOAUTH Authentication required.";
}

std::optional<std::string_view> refuse_protected_command(const GateQuestion& question) {
  if (!question.spec.flags.has(Flag::protected_command)) [[likely]]
    return std::nullopt;
  const std::string& allowed = question.settings.enable_debug_command;
  if (allowed == "yes" || (allowed == "local" && question.session.endpoints.is_loopback)) return std::nullopt;
  return "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a "
         "local connection, otherwise you need to set this option in the configuration file, and then restart the "
         "server.";
}

std::optional<std::string_view> refuse_when_memory_is_full(const GateQuestion& question) {
  if (question.settings.maxmemory == 0 || !question.spec.flags.has(Flag::deny_oom)) return std::nullopt;
  if (question.databases.memory_bytes() <= static_cast<std::size_t>(question.settings.maxmemory)) return std::nullopt;
  return "OOM command not allowed when used memory > 'maxmemory'.";
}

std::optional<std::string_view> find_refusal(const GateQuestion& question) {
  using Gate = std::optional<std::string_view> (*)(const GateQuestion&);
  static constexpr std::array<Gate, 3> gates = {refuse_unauthenticated, refuse_protected_command,
                                                refuse_when_memory_is_full};
  for (const Gate gate : gates) {
    if (auto refusal = gate(question)) return refusal;
  }
  return std::nullopt;
}

}  // namespace sluice::dispatch
