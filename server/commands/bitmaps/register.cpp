#include "server/commands/bitmaps/register.hpp"

namespace sluice::commands::bitmaps {

void register_bitmaps(dispatch::CommandRegistry& registry) {
  constexpr dispatch::FamilyFacts family{.group = "bitmap", .categories = dispatch::Category::bitmap};
  registry.add(family, single_bit_commands());
  registry.add(family, range_commands());
  registry.add(family, algebra_commands());
  registry.add(family, field_commands());
}

}  // namespace sluice::commands::bitmaps
