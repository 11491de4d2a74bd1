#include "server/commands/server/register.hpp"

namespace sluice::commands::server {

void register_server(dispatch::CommandRegistry& registry) {
  constexpr dispatch::FamilyFacts family{.group = "server"};
  registry.add(family, database_commands());
  registry.add(family, monitor_commands());
  registry.add(family, command_commands());
  registry.add(family, config_commands());
  registry.add(family, debug_commands());
  registry.add(family, info_commands());
  registry.add(family, server_commands());
}

}  // namespace sluice::commands::server
