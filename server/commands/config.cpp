#include "server/commands/families.hpp"
#include "server/dispatch/command_error.hpp"
#include "server/dispatch/command_list.hpp"

namespace sluice::commands {

using namespace dispatch;

std::span<const Spec<AdminContext>> config_commands() { return {}; }

}  // namespace sluice::commands
