#include "server/commands/all_commands.hpp"

#include "server/commands/bitmaps/register.hpp"
#include "server/commands/connections/register.hpp"
#include "server/commands/geo/register.hpp"
#include "server/commands/hashes/register.hpp"
#include "server/commands/hyperloglogs/register.hpp"
#include "server/commands/keys/register.hpp"
#include "server/commands/lists/register.hpp"
#include "server/commands/pubsub/register.hpp"
#include "server/commands/server/register.hpp"
#include "server/commands/sets/register.hpp"
#include "server/commands/sort/register.hpp"
#include "server/commands/sorted_sets/register.hpp"
#include "server/commands/strings/register.hpp"
#include "server/commands/transactions/register.hpp"

namespace sluice::commands {

void register_all(dispatch::CommandRegistry& registry) {
  strings::register_strings(registry);
  bitmaps::register_bitmaps(registry);
  hyperloglogs::register_hyperloglogs(registry);
  lists::register_lists(registry);
  hashes::register_hashes(registry);
  sets::register_sets(registry);
  sorted_sets::register_sorted_sets(registry);
  geo::register_geo(registry);
  sort::register_sort(registry);
  keys::register_keys(registry);
  connections::register_connections(registry);
  transactions::register_transactions(registry);
  pubsub::register_pubsub(registry);
  server::register_server(registry);
}

}  // namespace sluice::commands
