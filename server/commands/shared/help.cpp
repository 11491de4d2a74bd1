#include "server/commands/shared/help.hpp"

#include <cstddef>
#include <string>

namespace sluice::commands {

void reply_help(protocol::ReplyWriter& reply, std::string_view container, std::span<const std::string_view> lines) {
  constexpr std::size_t own_line_count = 3;
  reply.array(lines.size() + own_line_count);
  reply.simple(std::string(container) + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const std::string_view line : lines) reply.simple(line);
  reply.simple("HELP");
  reply.simple("    Prints these lines.");
}

}  // namespace sluice::commands
