#include "server/commands/lists/register.hpp"

namespace sluice::commands::lists {

void register_lists(dispatch::CommandRegistry& registry) {
  constexpr dispatch::FamilyFacts family{.group = "list", .categories = dispatch::Category::list};
  registry.add(family, push_and_pop_commands());
  registry.add(family, blocking_commands());
  registry.add(family, edit_commands());
  registry.add(family, move_commands());
  registry.add(family, move_many_commands());
  registry.add(family, position_commands());
}

}  // namespace sluice::commands::lists
