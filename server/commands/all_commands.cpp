#include "server/commands/all_commands.hpp"

#include "server/commands/families.hpp"

namespace sluice::commands {

void register_all(dispatch::CommandRegistry& registry) {
  registry.add(string_commands());
  registry.add(string_counter_commands());
  registry.add(string_lcs_commands());
  registry.add(string_many_commands());
  registry.add(string_range_commands());
  registry.add(list_commands());
  registry.add(list_blocking_commands());
  registry.add(list_edit_commands());
  registry.add(list_move_commands());
  registry.add(list_position_commands());
  registry.add(key_commands());
  registry.add(expire_commands());
  registry.add(scan_commands());
  registry.add(object_commands());
  registry.add(database_commands());
  registry.add(connection_commands());
  registry.add(connection_reset_commands());
  registry.add(transaction_commands());
  registry.add(pubsub_commands());
  registry.add(client_commands());
  registry.add(client_list_commands());
  registry.add(client_pause_commands());
  registry.add(client_tracking_commands());
  registry.add(monitor_commands());
  registry.add(command_commands());
  registry.add(config_commands());
  registry.add(debug_commands());
  registry.add(info_commands());
  registry.add(server_commands());
}

}  // namespace sluice::commands
