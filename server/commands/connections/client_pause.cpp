#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

#include "server/base/number_text.hpp"
#include "server/commands/connections/register.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/clients/blocked_clients.hpp"
#include "server/dispatch/clients/client_registry.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/dispatch/state/server_control.hpp"

namespace sluice::commands::connections {

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
       .since = "3.0.0",
       .summary = "Lets the commands of all clients, or only those that write, wait for a time in milliseconds.",
       .complexity = "O(1)",
       .syntax = "timeout [mode: WRITE | ALL]"}};
  std::int64_t timeout_ms = 0;
  PauseMode mode = PauseMode::all;

  static ClientPause parse(ArgReader& reader) {
    if (reader.left() > 2) throw wrong_subcommand("CLIENT", reader.subcommand());
    const std::string_view timeout = reader.next_word();
    ClientPause pause;
    if (!reader.done()) pause.mode = read_mode(reader);
    const auto timeout_ms = base::parse_integer(timeout);
    if (!timeout_ms) throw CommandError("ERR timeout is not an integer or out of range");
    if (*timeout_ms < 0) throw CommandError("ERR timeout is negative");
    pause.timeout_ms = *timeout_ms;
    return pause;
  }
  void execute(AdminContext& ctx) const {
    const std::int64_t now_ms = ctx.parts.clock.now_ms();
    if (timeout_ms > std::numeric_limits<std::int64_t>::max() - now_ms) {
      throw CommandError("ERR timeout is out of range");
    }
    if (timeout_ms > 0) ctx.parts.control.pause_clients(mode, now_ms + timeout_ms);
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
                                            .since = "6.2.0",
                                            .summary = "Ends the pause.",
                                            .complexity = "O(1) for each client that waited"}};

  void execute(AdminContext& ctx) const {
    ctx.parts.control.unpause_clients();
    ctx.reply.ok();
  }
};

// CLIENT UNBLOCK client-id [TIMEOUT | ERROR] Ends the waiting of a blocking command, as if its time were over or with
// an error; tells whether there was one. Clients that a pause holds back do not count.
struct ClientUnblock {
  static constexpr Spec<AdminContext> spec{
      {.name = "CLIENT|UNBLOCK",
       .arity = -3,
       .flags = Flag::admin | Flag::noscript | Flag::loading | Flag::stale,
       .since = "5.0.0",
       .summary = "Ends the waiting of a client whose command blocks.",
       .complexity = "O(log N) for each key that it waits for, with N clients that wait",
       .syntax = "client-id [timeout_error: TIMEOUT | ERROR]"}};
  std::int64_t id = 0;
  bool with_error = false;

  static ClientUnblock parse(ArgReader& reader) {
    if (reader.left() > 2) throw wrong_subcommand("CLIENT", reader.subcommand());
    const std::string_view number = reader.next_word();
    ClientUnblock unblock;
    if (!reader.done()) unblock.with_error = read_reason(reader);
    const auto id = base::parse_integer(number);
    if (!id) throw CommandError("ERR value is not an integer or out of range");
    unblock.id = *id;
    return unblock;
  }
  void execute(AdminContext& ctx) const {
    // No connection has a negative number.
    Session* session = ctx.parts.clients.find(static_cast<std::uint64_t>(id));
    const bool waits = session != nullptr && session->conversations.parked != nullptr;
    if (waits && with_error) {
      constexpr std::string_view error_line = "UNBLOCKED client unblocked via CLIENT UNBLOCK";
      ctx.parts.statistics.count_error("UNBLOCKED");
      ctx.parts.blocked.fail(*session, error_line);
    } else if (waits) {
      ctx.parts.blocked.time_out(*session);
    }
    ctx.reply.integer(waits ? 1 : 0);
  }

 private:
  static bool read_reason(ArgReader& reader) {
    if (reader.take_keyword("TIMEOUT")) return false;
    if (reader.take_keyword("ERROR")) return true;
    throw CommandError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  }
};

}  // namespace

std::span<const Spec<AdminContext>> client_pause_commands() {
  static const std::array list{command<ClientPause>(), command<ClientUnpause>(), command<ClientUnblock>()};
  return list;
}

}  // namespace sluice::commands::connections
