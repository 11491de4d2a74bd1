#include "server/commands/connections/register.hpp"

namespace sluice::commands::connections {

void register_connections(dispatch::CommandRegistry& registry) {
  constexpr dispatch::FamilyFacts family{.group = "connection", .categories = dispatch::Category::connection};
  registry.add(family, connection_commands());
  registry.add(family, connection_reset_commands());
  registry.add(family, client_commands());
  registry.add(family, client_list_commands());
  registry.add(family, client_pause_commands());
  registry.add(family, client_tracking_commands());
}

}  // namespace sluice::commands::connections
