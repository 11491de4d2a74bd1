#include "server/commands/all_commands.hpp"

#include "server/commands/families.hpp"

namespace sluice::commands {

void register_all(dispatch::CommandRegistry& registry) {
  registry.add(connection_commands());
  registry.add(string_commands());
}

}  // namespace sluice::commands
