#pragma once

#include <span>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/requests/spec.hpp"

namespace sluice::commands::keys {

// Registers the commands on keys of any type.
void register_keys(dispatch::CommandRegistry& registry);

// The list of each theme, the last lines of its file.
std::span<const dispatch::Spec<dispatch::DataContext>> key_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> expiry_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> scan_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> object_commands();

}  // namespace sluice::commands::keys
