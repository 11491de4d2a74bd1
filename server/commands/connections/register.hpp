#pragma once

#include <span>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/requests/spec.hpp"

namespace sluice::commands::connections {

// Registers the commands on the connection itself.
void register_connections(dispatch::CommandRegistry& registry);

// The list of each theme, the last lines of its file.
std::span<const dispatch::Spec<dispatch::SessionContext>> connection_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> connection_reset_commands();
std::span<const dispatch::Spec<dispatch::SessionContext>> client_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> client_list_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> client_pause_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> client_tracking_commands();

}  // namespace sluice::commands::connections
