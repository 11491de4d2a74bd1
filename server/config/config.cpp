#include "server/config/config.hpp"

#include "protocol/number_text.hpp"

namespace sluice::config {

std::optional<std::string> Config::load_command_line(std::span<const char* const> arguments) {
  for (std::size_t at = 0; at + 1 < arguments.size(); at += 2) {
    const std::string_view name = arguments[at];
    const std::string_view value = arguments[at + 1];
    const std::int64_t number = protocol::parse_integer(value).value_or(0);
    if (name == "--port") settings_.port = number;
    else if (name == "--io-threads") settings_.io_threads = number;
    else if (name == "--channel-capacity") settings_.channel_capacity = number;
    else if (name == "--unixsocket") settings_.unixsocket = value;
    else if (name == "--enable-debug-command") settings_.enable_debug_command = value;
    else return "unknown directive";
  }
  return std::nullopt;
}

}  // namespace sluice::config
