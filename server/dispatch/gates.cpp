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

std::optional<std::string_view> find_refusal(const GateQuestion& question) {
  using Gate = std::optional<std::string_view> (*)(const GateQuestion&);
  static constexpr std::array<Gate, 2> gates = {refuse_unauthenticated, refuse_protected_command};
  for (const Gate gate : gates) {
    if (auto refusal = gate(question)) return refusal;
  }
  return std::nullopt;
}

}  // namespace sluice::dispatch
