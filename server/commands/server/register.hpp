#pragma once

#include <span>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/requests/spec.hpp"

namespace sluice::commands::server {

// Registers the commands on the server as a whole.
void register_server(dispatch::CommandRegistry& registry);

// The list of each theme, the last lines of its file.
std::span<const dispatch::Spec<dispatch::DataContext>> database_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> monitor_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> command_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> config_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> debug_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> info_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> server_commands();

}  // namespace sluice::commands::server
