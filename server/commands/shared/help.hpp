#pragma once

#include <span>
#include <string_view>

#include "protocol/reply_writer.hpp"

namespace sluice::commands {

// Replies to "<container> HELP" in the layout of Redis: a heading, `lines`, and the entry of HELP itself, each a status
// of its own. `container` is in capitals. `lines` come in the order to be shown: for each subcommand its grammar
// ("ENCODING <key>"), then what it does, indented by four blanks.
void reply_help(protocol::ReplyWriter& reply, std::string_view container, std::span<const std::string_view> lines);

}  // namespace sluice::commands
