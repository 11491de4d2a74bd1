#include "server/commands/sort/register.hpp"

namespace sluice::commands::sort {

void register_sort(dispatch::CommandRegistry& registry) {
  constexpr dispatch::FamilyFacts family{.group = "generic",
                                         .categories = dispatch::Category::list | dispatch::Category::set |
                                                       dispatch::Category::sorted_set | dispatch::Category::dangerous};
  registry.add(family, sort_commands());
}

}  // namespace sluice::commands::sort
