#pragma once

#include "server/dispatch/requests/command_registry.hpp"

namespace sluice::commands {

// Registers every family.
void register_all(dispatch::CommandRegistry& registry);

}  // namespace sluice::commands
