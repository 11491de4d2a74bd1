#pragma once

#include <span>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/requests/spec.hpp"

namespace sluice::commands::lists {

// Registers the commands on lists.
void register_lists(dispatch::CommandRegistry& registry);

// The list of each theme, the last lines of its file.
std::span<const dispatch::Spec<dispatch::DataContext>> push_and_pop_commands();
std::span<const dispatch::Spec<dispatch::BlockingContext>> blocking_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> edit_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> move_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> move_many_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> position_commands();

}  // namespace sluice::commands::lists
