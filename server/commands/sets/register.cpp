#include "server/commands/sets/register.hpp"

namespace sluice::commands::sets {

void register_sets(dispatch::CommandRegistry& registry) {
  constexpr dispatch::FamilyFacts family{.group = "set", .categories = dispatch::Category::set};
  registry.add(family, member_commands());
  registry.add(family, chance_commands());
  registry.add(family, algebra_commands());
  registry.add(family, member_time_commands());
}

}  // namespace sluice::commands::sets
