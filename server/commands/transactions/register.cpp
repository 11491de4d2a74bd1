#include "server/commands/transactions/register.hpp"

namespace sluice::commands::transactions {

void register_transactions(dispatch::CommandRegistry& registry) {
  constexpr dispatch::FamilyFacts family{.group = "transactions", .categories = dispatch::Category::transaction};
  registry.add(family, transaction_commands());
}

}  // namespace sluice::commands::transactions
