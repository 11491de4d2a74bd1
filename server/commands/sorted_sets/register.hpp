#pragma once

#include <span>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/requests/spec.hpp"

namespace sluice::commands::sorted_sets {

// Registers the commands on sorted sets.
void register_sorted_sets(dispatch::CommandRegistry& registry);

// The list of each theme, the last lines of its file.
std::span<const dispatch::Spec<dispatch::DataContext>> change_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> read_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> chance_and_scan_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> range_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> remove_range_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> pop_commands();
std::span<const dispatch::Spec<dispatch::BlockingContext>> blocking_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> algebra_commands();

}  // namespace sluice::commands::sorted_sets
