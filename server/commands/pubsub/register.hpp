#pragma once

#include <span>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/requests/spec.hpp"

namespace sluice::commands::pubsub {

// Registers the commands on publishing and subscribing.
void register_pubsub(dispatch::CommandRegistry& registry);

// The list of each theme, the last lines of its file.
std::span<const dispatch::Spec<dispatch::PubSubContext>> pubsub_commands();

}  // namespace sluice::commands::pubsub
