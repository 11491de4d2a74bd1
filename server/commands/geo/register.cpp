#include "server/commands/geo/register.hpp"

namespace sluice::commands::geo {

void register_geo(dispatch::CommandRegistry& registry) {
  constexpr dispatch::FamilyFacts family{.group = "geo", .categories = dispatch::Category::geo};
  registry.add(family, position_commands());
  registry.add(family, search_commands());
  registry.add(family, radius_commands());
}

}  // namespace sluice::commands::geo
