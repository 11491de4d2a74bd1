#pragma once

#include <span>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/requests/spec.hpp"

namespace sluice::commands::geo {

// Registers the commands on positions, which are the scores of sorted sets.
void register_geo(dispatch::CommandRegistry& registry);

// The list of each theme, the last lines of its file.
std::span<const dispatch::Spec<dispatch::DataContext>> position_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> search_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> radius_commands();

}  // namespace sluice::commands::geo
