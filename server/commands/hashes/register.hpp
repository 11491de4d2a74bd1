#pragma once

#include <span>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/requests/spec.hpp"

namespace sluice::commands::hashes {

// Registers the commands on hashes.
void register_hashes(dispatch::CommandRegistry& registry);

// The list of each theme, the last lines of its file.
std::span<const dispatch::Spec<dispatch::DataContext>> field_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> counter_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> whole_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> field_time_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> field_and_time_commands();

}  // namespace sluice::commands::hashes
