#include "server/commands/strings/register.hpp"

namespace sluice::commands::strings {

void register_strings(dispatch::CommandRegistry& registry) {
  constexpr dispatch::FamilyFacts family{.group = "string", .categories = dispatch::Category::string};
  registry.add(family, get_and_set_commands());
  registry.add(family, bounded_counter_commands());
  registry.add(family, conditional_commands());
  registry.add(family, counter_commands());
  registry.add(family, lcs_commands());
  registry.add(family, many_key_commands());
  registry.add(family, range_commands());
}

}  // namespace sluice::commands::strings
