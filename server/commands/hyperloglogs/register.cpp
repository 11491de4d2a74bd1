#include "server/commands/hyperloglogs/register.hpp"

namespace sluice::commands::hyperloglogs {

void register_hyperloglogs(dispatch::CommandRegistry& registry) {
  constexpr dispatch::FamilyFacts family{.group = "hyperloglog", .categories = dispatch::Category::hyperloglog};
  registry.add(family, counting_commands());
  registry.add(family, debug_commands());
}

}  // namespace sluice::commands::hyperloglogs
