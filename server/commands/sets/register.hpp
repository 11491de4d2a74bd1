#pragma once

#include <span>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/requests/spec.hpp"

namespace sluice::commands::sets {

// Registers the commands on sets.
void register_sets(dispatch::CommandRegistry& registry);

// The list of each theme, the last lines of its file.
std::span<const dispatch::Spec<dispatch::DataContext>> member_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> chance_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> algebra_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> member_time_commands();

}  // namespace sluice::commands::sets
