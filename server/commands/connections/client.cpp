#include <array>
#include <optional>
#include <string>

#include "server/base/text.hpp"
#include "server/commands/connections/register.hpp"
#include "server/commands/connections/shared.hpp"
#include "server/commands/shared/help.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::connections {

using namespace dispatch;

namespace {

// Takes ON or OFF, in any case.
bool read_switch(ArgReader& reader) {
  if (reader.take_keyword("ON")) return true;
  if (reader.take_keyword("OFF")) return false;
  throw syntax_error();
}

// CLIENT ID
struct ClientId {
  static constexpr Spec<SessionContext> spec{
      {.name = "CLIENT|ID",
       .arity = 2,
       .flags = own_connection_flags,
       .since = "5.0.0",
       .summary = "Returns the number of this connection, which is never reused.",
       .complexity = "O(1)"}};

  void execute(SessionContext& ctx) const { ctx.reply.integer(static_cast<std::int64_t>(ctx.session.id)); }
};

// CLIENT GETNAME
struct ClientGetName {
  static constexpr Spec<SessionContext> spec{{.name = "CLIENT|GETNAME",
                                              .arity = 2,
                                              .flags = own_connection_flags,
                                              .since = "2.6.9",
                                              .summary = "Returns the name of this connection.",
                                              .complexity = "O(1)"}};

  void execute(SessionContext& ctx) const {
    if (ctx.session.chosen.name.empty()) {
      ctx.reply.null();
    } else {
      ctx.reply.bulk(ctx.session.chosen.name);
    }
  }
};

// CLIENT SETNAME connection-name
struct ClientSetName {
  static constexpr Spec<SessionContext> spec{{.name = "CLIENT|SETNAME",
                                              .arity = 3,
                                              .flags = own_connection_flags,
                                              .since = "2.6.9",
                                              .summary = "Gives this connection a name, or takes it away.",
                                              .complexity = "O(1)",
                                              .syntax = "connection-name",
                                              .tips = "request_policy:all_nodes response_policy:all_succeeded"}};
  std::string_view name;

  static ClientSetName parse(ArgReader& reader) {
    const auto set_name = read_fields<ClientSetName>(reader);
    checked_client_name(set_name.name);
    return set_name;
  }
  void execute(SessionContext& ctx) const {
    ctx.session.chosen.name = name;
    ctx.reply.ok();
  }
};

// CLIENT SETINFO LIB-NAME libname | LIB-VER libver
struct ClientSetInfo {
  static constexpr Spec<SessionContext> spec{{.name = "CLIENT|SETINFO",
                                              .arity = 4,
                                              .flags = own_connection_flags,
                                              .since = "7.2.0",
                                              .summary = "Records the name or the version of the client library.",
                                              .complexity = "O(1)",
                                              .syntax = "<LIB-NAME libname | LIB-VER libver>",
                                              .tips = "request_policy:all_nodes response_policy:all_succeeded"}};
  std::string Session::Chosen::* attribute = nullptr;
  std::string_view value;

  static ClientSetInfo parse(ArgReader& reader) {
    const std::string_view option = reader.next_word();
    // As in Redis, the word ends at its first zero byte.
    const std::string_view word = reader.next_word();
    const ClientSetInfo set_info{attribute_of(option), word.substr(0, word.find('\0'))};
    if (fits_client_list(set_info.value)) return set_info;
    throw CommandError("ERR " + std::string(option) + " cannot contain spaces, newlines or special characters.");
  }
  void execute(SessionContext& ctx) const {
    ctx.session.chosen.*attribute = value;
    ctx.reply.ok();
  }

 private:
  static std::string Session::Chosen::* attribute_of(std::string_view option) {
    if (base::equals_ignoring_case(option, "LIB-NAME")) return &Session::Chosen::library_name;
    if (base::equals_ignoring_case(option, "LIB-VER")) return &Session::Chosen::library_version;
    throw CommandError("ERR Unrecognized option '" + std::string(option) + "'");
  }
};

// CLIENT REPLY ON | OFF | SKIP
// Only ON is answered. SKIP hides the reply of the next command, and does nothing while replies are off.
struct ClientReply {
  static constexpr Spec<SessionContext> spec{{.name = "CLIENT|REPLY",
                                              .arity = 3,
                                              .flags = own_connection_flags,
                                              .since = "3.2.0",
                                              .summary = "Turns replies to this connection on or off.",
                                              .complexity = "O(1)",
                                              .syntax = "<on_off_skip: ON | OFF | SKIP>"}};
  ReplyMode mode = ReplyMode::on;

  static ClientReply parse(ArgReader& reader) {
    if (reader.take_keyword("SKIP")) return {ReplyMode::skip_next};
    return {read_switch(reader) ? ReplyMode::on : ReplyMode::off};
  }
  void execute(SessionContext& ctx) const {
    ReplyMode& present = ctx.session.chosen.reply_mode;
    if (mode == ReplyMode::skip_next && present == ReplyMode::off) return;
    present = mode;
    if (mode == ReplyMode::on) ctx.reply.ok();
  }
};

// CLIENT NO-EVICT ON | OFF
struct ClientNoEvict {
  static constexpr Spec<SessionContext> spec{
      {.name = "CLIENT|NO-EVICT",
       .arity = 3,
       .flags = Flag::admin | Flag::noscript | Flag::loading | Flag::stale,
       .since = "7.0.0",
       .summary = "Chooses whether this connection may be closed when clients use too much memory.",
       .complexity = "O(1)",
       .syntax = "<enabled: ON | OFF>"}};
  bool is_on = false;

  static ClientNoEvict parse(ArgReader& reader) { return {read_switch(reader)}; }
  void execute(SessionContext& ctx) const {
    ctx.session.chosen.no_evict = is_on;
    ctx.reply.ok();
  }
};

// CLIENT NO-TOUCH ON | OFF
struct ClientNoTouch {
  static constexpr Spec<SessionContext> spec{
      {.name = "CLIENT|NO-TOUCH",
       .arity = 3,
       .flags = own_connection_flags,
       .since = "7.2.0",
       .summary = "Chooses whether what this connection does with keys counts as their use.",
       .complexity = "O(1)",
       .syntax = "<enabled: ON | OFF>"}};
  bool is_on = false;

  static ClientNoTouch parse(ArgReader& reader) { return {read_switch(reader)}; }
  void execute(SessionContext& ctx) const {
    ctx.session.chosen.no_touch = is_on;
    ctx.reply.ok();
  }
};

// CLIENT HELP
struct ClientHelp {
  static constexpr Spec<SessionContext> spec{{.name = "CLIENT|HELP",
                                              .arity = 2,
                                              .flags = Flag::loading | Flag::stale,
                                              .since = "5.0.0",
                                              .summary = "Lists the subcommands with what they do.",
                                              .complexity = "O(1)"}};

  void execute(SessionContext& ctx) const {
    static constexpr auto lines = std::to_array<std::string_view>({
        "CACHING (YES|NO)",
        "    Have the keys that the next command reads tracked, or not, against OPTIN or OPTOUT.",
        "GETNAME",
        "    The name of this connection.",
        "GETREDIR",
        "    The number of the connection that is told instead of this one.",
        "ID",
        "    The number of this connection.",
        "INFO",
        "    What CLIENT LIST tells, of this connection alone.",
        "KILL <ip:port>",
        "    Close the connection from that address.",
        "KILL <option> <value> [<option> <value> ...]",
        "    Close all connections that every option applies to:",
        "    * ID <client-id>",
        "      The connection of that number.",
        "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
        "      Connections of one type.",
        "    * USER <username>",
        "      Connections of one user.",
        "    * ADDR (<ip:port>|<unixsocket>:0)",
        "      Connections from an address.",
        "    * LADDR (<ip:port>|<unixsocket>:0)",
        "      Connections to an address of the server.",
        "    * MAXAGE <seconds>",
        "      Connections that are at least so old.",
        "    * SKIPME (YES|NO)",
        "      Whether this connection is spared (it is by default).",
        "LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB) | ID <client-id> [<client-id> ...]]",
        "    One line for each connection: all, those of one type, or those named.",
        "NO-EVICT (ON|OFF)",
        "    Spare this connection when clients use too much memory.",
        "NO-TOUCH (ON|OFF)",
        "    Do not count what this connection does with keys as their use.",
        "PAUSE <timeout> [WRITE|ALL]",
        "    Let the commands of all clients, or only those that write, wait for so many milliseconds.",
        "REPLY (ON|OFF|SKIP)",
        "    Turn the replies to this connection on or off, or skip the next one.",
        "SETINFO (LIB-NAME <name>|LIB-VER <version>)",
        "    Record which client library this is.",
        "SETNAME <name>",
        "    Give this connection a name.",
        "TRACKING (ON|OFF) [REDIRECT <client-id>] [BCAST] [PREFIX <prefix> [...]] [OPTIN] [OPTOUT] [NOLOOP]",
        "    Have this connection told when keys that it has read change.",
        "TRACKINGINFO",
        "    How this connection tracks.",
        "UNBLOCK <client-id> [TIMEOUT|ERROR]",
        "    End the waiting of a client whose command blocks.",
        "UNPAUSE",
        "    End the pause.",
    });
    reply_help(ctx.reply, "CLIENT", lines);
  }
};

}  // namespace

std::span<const Spec<SessionContext>> client_commands() {
  static const std::array list{command<ClientId>(),      command<ClientGetName>(), command<ClientSetName>(),
                               command<ClientSetInfo>(), command<ClientReply>(),   command<ClientNoEvict>(),
                               command<ClientNoTouch>(), command<ClientHelp>()};
  return list;
}

}  // namespace sluice::commands::connections
