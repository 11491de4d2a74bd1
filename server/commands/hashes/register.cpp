#include "server/commands/hashes/register.hpp"

namespace sluice::commands::hashes {

void register_hashes(dispatch::CommandRegistry& registry) {
  constexpr dispatch::FamilyFacts family{.group = "hash", .categories = dispatch::Category::hash};
  registry.add(family, field_commands());
  registry.add(family, counter_commands());
  registry.add(family, whole_commands());
  registry.add(family, field_time_commands());
  registry.add(family, field_and_time_commands());
}

}  // namespace sluice::commands::hashes
