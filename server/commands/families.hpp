#pragma once

#include <span>

#include "server/dispatch/contexts.hpp"
#include "server/dispatch/spec.hpp"

// The list of each family, defined in the family's own file.
namespace sluice::commands {

std::span<const dispatch::Spec<dispatch::DataContext>> string_commands();
std::span<const dispatch::Spec<dispatch::SessionContext>> connection_commands();

}  // namespace sluice::commands
