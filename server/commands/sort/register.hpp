#pragma once

#include <span>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/requests/spec.hpp"

namespace sluice::commands::sort {

// Registers SORT and SORT_RO, which read lists, sets and sorted sets alike.
void register_sort(dispatch::CommandRegistry& registry);

std::span<const dispatch::Spec<dispatch::DataContext>> sort_commands();

}  // namespace sluice::commands::sort
