#include "server/commands/pubsub/register.hpp"

namespace sluice::commands::pubsub {

void register_pubsub(dispatch::CommandRegistry& registry) {
  constexpr dispatch::FamilyFacts family{.group = "pubsub"};
  registry.add(family, pubsub_commands());
}

}  // namespace sluice::commands::pubsub
