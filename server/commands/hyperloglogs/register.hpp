#pragma once

#include <span>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/requests/spec.hpp"

namespace sluice::commands::hyperloglogs {

// Registers the commands on HyperLogLogs, which lie in strings.
void register_hyperloglogs(dispatch::CommandRegistry& registry);

// The list of each theme, the last lines of its file.
std::span<const dispatch::Spec<dispatch::DataContext>> counting_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> debug_commands();

}  // namespace sluice::commands::hyperloglogs
