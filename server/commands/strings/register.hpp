#pragma once

#include <span>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/requests/spec.hpp"

namespace sluice::commands::strings {

// Registers the commands on strings.
void register_strings(dispatch::CommandRegistry& registry);

// The list of each theme, the last lines of its file.
std::span<const dispatch::Spec<dispatch::DataContext>> get_and_set_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> bounded_counter_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> conditional_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> counter_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> lcs_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> many_key_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> range_commands();

}  // namespace sluice::commands::strings
