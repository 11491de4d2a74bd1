#include <array>
#include <limits>

#include "protocol/number_text.hpp"
#include "server/commands/families.hpp"
#include "server/dispatch/command_error.hpp"
#include "server/dispatch/command_list.hpp"
#include "server/dispatch/server_control.hpp"

namespace sluice::commands {

using namespace dispatch;

namespace {

constexpr Flags pause_flags = Flag::admin | Flag::noscript | Flag::loading | Flag::stale;

// CLIENT PAUSE timeout [WRITE | ALL]
// The mode is looked at before the timeout. ALL holds CLIENT UNPAUSE back as well: such a pause can only run out.
struct ClientPause {
  static constexpr Spec<AdminContext> spec{
      {.name = "CLIENT|PAUSE",
       .arity = -3,
       .flags = pause_flags,
       .categories = Category::connection,
       .group = "connection",
       .since = "3.0.0",
       .summary = "Lets the commands of all clients, or only those that write, wait for a time in milliseconds.",
       .complexity = "O(1)",
       .syntax = "timeout [WRITE | ALL]"}};
  std::int64_t timeout_ms = 0;
  PauseMode mode = PauseMode::all;

  static ClientPause parse(ArgReader& reader) {
    if (reader.left() > 2) {
      throw CommandError("ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.");
    }
    const std::string_view timeout = reader.next_word();
    ClientPause pause;
    if (!reader.done()) pause.mode = read_mode(reader);
    const auto timeout_ms = protocol::parse_integer(timeout);
    if (!timeout_ms) throw CommandError("ERR timeout is not an integer or out of range");
    if (*timeout_ms < 0) throw CommandError("ERR timeout is negative");
    pause.timeout_ms = *timeout_ms;
    return pause;
  }
  void execute(AdminContext& ctx) const {
    const std::int64_t now_ms = ctx.clock.now_ms();
    if (timeout_ms > std::numeric_limits<std::int64_t>::max() - now_ms) {
      throw CommandError("ERR timeout is out of range");
    }
    if (timeout_ms > 0) ctx.server.pause_clients(mode, now_ms + timeout_ms);
    ctx.reply.ok();
  }

 private:
  static PauseMode read_mode(ArgReader& reader) {
    if (reader.take_keyword("WRITE")) return PauseMode::writes;
    if (reader.take_keyword("ALL")) return PauseMode::all;
    throw CommandError("ERR CLIENT PAUSE mode must be WRITE or ALL");
  }
};

// CLIENT UNPAUSE
struct ClientUnpause {
  static constexpr Spec<AdminContext> spec{{.name = "CLIENT|UNPAUSE",
                                            .arity = 2,
                                            .flags = pause_flags,
                                            .categories = Category::connection,
                                            .group = "connection",
                                            .since = "6.2.0",
                                            .summary = "Ends the pause.",
                                            .complexity = "O(1) for each client that waited"}};

  void execute(AdminContext& ctx) const {
    ctx.server.unpause_clients();
    ctx.reply.ok();
  }
};

}  // namespace

std::span<const Spec<AdminContext>> client_pause_commands() {
  static const std::array list{command<ClientPause>(), command<ClientUnpause>()};
  return list;
}

}  // namespace sluice::commands
