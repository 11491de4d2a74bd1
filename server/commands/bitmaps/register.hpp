#pragma once

#include <span>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/requests/spec.hpp"

namespace sluice::commands::bitmaps {

// Registers the commands on the bits of strings.
void register_bitmaps(dispatch::CommandRegistry& registry);

// The list of each theme, the last lines of its file.
std::span<const dispatch::Spec<dispatch::DataContext>> single_bit_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> range_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> algebra_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> field_commands();

}  // namespace sluice::commands::bitmaps
