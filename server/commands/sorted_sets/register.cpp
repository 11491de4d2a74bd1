#include "server/commands/sorted_sets/register.hpp"

namespace sluice::commands::sorted_sets {

void register_sorted_sets(dispatch::CommandRegistry& registry) {
  constexpr dispatch::FamilyFacts family{.group = "sorted-set", .categories = dispatch::Category::sorted_set};
  registry.add(family, change_commands());
  registry.add(family, read_commands());
  registry.add(family, chance_and_scan_commands());
  registry.add(family, range_commands());
  registry.add(family, remove_range_commands());
  registry.add(family, pop_commands());
  registry.add(family, blocking_commands());
  registry.add(family, algebra_commands());
}

}  // namespace sluice::commands::sorted_sets
