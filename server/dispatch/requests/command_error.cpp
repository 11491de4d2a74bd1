#include "server/dispatch/requests/command_error.hpp"

#include "server/base/text.hpp"

namespace sluice::dispatch {

CommandError syntax_error() {
  return CommandError("ERR syntax error");
}
CommandError not_an_integer() {
  return CommandError("ERR value is not an integer or out of range");
}
CommandError not_a_float() {
  return CommandError("ERR value is not a valid float");
}
CommandError wrong_type() {
  return CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
}
CommandError no_such_key() {
  return CommandError("ERR no such key");
}

CommandError wrong_arity(std::string_view command_name) {
  return CommandError("ERR wrong number of arguments for '" + base::to_lower(command_name) + "' command");
}

CommandError wrong_subcommand(std::string_view container, std::string_view subcommand) {
  return CommandError("ERR unknown subcommand or wrong number of arguments for '" +
                      std::string(base::excerpt(subcommand)) + "'. Try " + std::string(container) + " HELP.");
}

}  // namespace sluice::dispatch
