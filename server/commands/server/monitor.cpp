#include <array>

#include "server/commands/server/register.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/clients/monitors.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::server {

using namespace dispatch;

namespace {

// MONITOR
// From here on the connection is shown every command that runs. Given again it says nothing at all.
struct Monitor {
  static constexpr Spec<AdminContext> spec{{.name = "MONITOR",
                                            .arity = 1,
                                            .flags = Flag::admin | Flag::noscript | Flag::loading | Flag::stale,
                                            .since = "1.0.0",
                                            .summary = "Shows this connection every command that the server runs.",
                                            .complexity = "O(1)"}};

  void execute(AdminContext& ctx) const {
    if (ctx.origin != Origin::client) throw CommandError("ERR MONITOR isn't allowed for DENY BLOCKING client");
    if (ctx.session.conversations.is_monitor) return;
    ctx.parts.monitors.add(ctx.session);
    ctx.reply.ok();
  }
};

}  // namespace

std::span<const Spec<AdminContext>> monitor_commands() {
  static const std::array list{command<Monitor>()};
  return list;
}

}  // namespace sluice::commands::server
