#include "server/commands/keys/register.hpp"

namespace sluice::commands::keys {

void register_keys(dispatch::CommandRegistry& registry) {
  constexpr dispatch::FamilyFacts family{.group = "generic", .categories = dispatch::Category::keyspace};
  registry.add(family, key_commands());
  registry.add(family, expiry_commands());
  registry.add(family, scan_commands());
  registry.add(family, object_commands());
}

}  // namespace sluice::commands::keys
