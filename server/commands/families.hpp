#pragma once

#include <span>

#include "server/dispatch/contexts.hpp"
#include "server/dispatch/spec.hpp"

// The list of each family, defined in the family's own file.
namespace sluice::commands {

std::span<const dispatch::Spec<dispatch::DataContext>> string_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> string_counter_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> string_lcs_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> string_many_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> string_range_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> list_commands();
std::span<const dispatch::Spec<dispatch::BlockingContext>> list_blocking_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> list_edit_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> list_move_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> list_position_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> key_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> expire_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> scan_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> object_commands();
std::span<const dispatch::Spec<dispatch::DataContext>> database_commands();
std::span<const dispatch::Spec<dispatch::SessionContext>> connection_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> connection_reset_commands();
std::span<const dispatch::Spec<dispatch::SessionContext>> client_commands();
std::span<const dispatch::Spec<dispatch::TransactionContext>> transaction_commands();
std::span<const dispatch::Spec<dispatch::PubSubContext>> pubsub_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> client_list_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> client_pause_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> client_tracking_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> monitor_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> command_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> config_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> debug_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> info_commands();
std::span<const dispatch::Spec<dispatch::AdminContext>> server_commands();

}  // namespace sluice::commands
