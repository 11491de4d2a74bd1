#include <array>
#include <limits>
#include <optional>
#include <string>

#include "server/base/number_text.hpp"
#include "server/base/text.hpp"
#include "server/base/version.hpp"
#include "server/commands/connections/register.hpp"
#include "server/commands/connections/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/clients/client_registry.hpp"
#include "server/dispatch/clients/conversations.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::connections {

using namespace dispatch;
using protocol::ProtocolVersion;

namespace {

// What a connection has to be able to say in any state of itself and of the server.
constexpr Flags always_allowed =
    Flag::noscript | Flag::loading | Flag::stale | Flag::fast | Flag::no_auth | Flag::allow_busy;

struct Login {
  std::string_view user;
  std::string_view password;
};

// Takes the same time wherever the two differ, so that nobody can guess a password letter by letter.
bool is_same_password(std::string_view expected, std::string_view given) {
  if (expected.empty()) return given.empty();
  unsigned difference = expected.size() == given.size() ? 0 : 1;
  for (std::size_t at = 0; at < given.size(); ++at) {
    difference |= static_cast<unsigned char>(expected[at % expected.size()] ^ given[at]);
  }
  return difference == 0;
}

// Throws unless there is such a user with that password; without a configured password any will do.
void check_login(const SessionContext& ctx, const Login& login) {
  const bool is_password_right =
      !ctx.settings.requires_password || is_same_password(ctx.settings.requirepass, login.password);
  if (login.user == default_user && is_password_right) return;
  throw CommandError("WRONGPASS invalid username-password pair or user is disabled.");
}

void log_in(Session& session, const Login& login) {
  session.chosen.user = login.user;
  session.chosen.is_authenticated = true;
}

// PING [message]
struct Ping {
  static constexpr Spec<SessionContext> spec{{.name = "PING",
                                              .arity = -1,
                                              .flags = Flag::fast | Flag::in_subscribed_mode,
                                              .since = "1.0.0",
                                              .summary = "Answers PONG, or the message.",
                                              .complexity = "O(1)",
                                              .syntax = "[message]",
                                              .tips = "request_policy:all_shards response_policy:all_succeeded"}};
  std::optional<std::string_view> message;

  static Ping parse(ArgReader& reader) {
    if (reader.left() > 1) throw wrong_arity(spec.name);
    return read_fields<Ping>(reader);
  }
  void execute(SessionContext& ctx) const {
    const Session& session = ctx.session;
    // There a reply has the form of a message.
    if (session.conversations.subscriptions && !session.conversations.subscriptions->empty() &&
        session.chosen.protocol == ProtocolVersion::resp2) {
      ctx.reply.array(2);
      ctx.reply.bulk("pong");
      ctx.reply.bulk(message.value_or(""));
    } else if (message) {
      ctx.reply.bulk(*message);
    } else {
      ctx.reply.simple("PONG");
    }
  }
};

// ECHO message
struct Echo {
  static constexpr Spec<SessionContext> spec{{.name = "ECHO",
                                              .arity = 2,
                                              .flags = Flag::loading | Flag::stale | Flag::fast,
                                              .since = "1.0.0",
                                              .summary = "Returns the message.",
                                              .complexity = "O(1)",
                                              .syntax = "message"}};
  std::string_view message;

  void execute(SessionContext& ctx) const { ctx.reply.bulk(message); }
};

// SELECT index
struct Select {
  static constexpr Spec<SessionContext> spec{{.name = "SELECT",
                                              .arity = 2,
                                              .flags = Flag::loading | Flag::stale | Flag::fast,
                                              .since = "1.0.0",
                                              .summary = "Chooses the database that this connection works on.",
                                              .complexity = "O(1)",
                                              .syntax = "index"}};
  int database = 0;

  static Select parse(ArgReader& reader) {
    using Limits = std::numeric_limits<int>;
    const std::int64_t index = reader.next_integer();
    if (index < Limits::min() || index > Limits::max()) {
      throw CommandError("ERR value is out of range, value must between -2147483648 and 2147483647");
    }
    reader.finish();
    return {.database = static_cast<int>(index)};
  }
  void execute(SessionContext& ctx) const {
    if (database < 0 || database >= ctx.settings.databases) throw CommandError("ERR DB index is out of range");
    ctx.session.chosen.database = database;
    ctx.reply.ok();
  }
};

// AUTH [username] password
// Without a user name it logs in as the default user, which has a password only if one is configured. A failure leaves
// the connection as it was, logged in or not.
struct Auth {
  static constexpr Spec<SessionContext> spec{{.name = "AUTH",
                                              .arity = -2,
                                              .flags = always_allowed,
                                              .since = "1.0.0",
                                              .summary = "Logs the connection in.",
                                              .complexity = "O(1) for each byte of the password",
                                              .syntax = "[username] password",
                                              .is_secret = [](Words, std::size_t word) { return word > 0; }}};
  std::optional<std::string_view> user;
  std::string_view password;

  static Auth parse(ArgReader& reader) {
    Auth auth;
    if (reader.left() > 1) auth.user = reader.next_word();
    auth.password = reader.next_word();
    reader.finish();
    return auth;
  }
  void execute(SessionContext& ctx) const {
    if (!user && !ctx.settings.requires_password) {
      throw CommandError(
          "ERR AUTH <password> called without any password configured for the default user. Are you sure your "
          "configuration is correct?");
    }
    const Login login{user.value_or(default_user), password};
    check_login(ctx, login);
    log_in(ctx.session, login);
    ctx.reply.ok();
  }
};

// Whether the word is one of the two behind AUTH, among the options of HELLO.
bool is_part_of_login(Words request, std::size_t word) {
  constexpr std::size_t first_option = 2;
  for (std::size_t at = first_option; at < request.size() && at < word;) {
    const bool is_login = base::equals_ignoring_case(request[at], "AUTH");
    const std::size_t next = at + (is_login ? 3 : 2);
    if (word < next) return is_login;
    at = next;
  }
  return false;
}

// HELLO [protover [AUTH username password] [SETNAME clientname]]
// All or nothing: only when every part is in order does any of them take effect. The reply comes in the new protocol.
struct Hello {
  static constexpr Spec<SessionContext> spec{
      {.name = "HELLO",
       .arity = -1,
       .flags = always_allowed,
       .since = "6.0.0",
       .summary = "Agrees on a protocol version, may log in and set a name, and tells about the server.",
       .complexity = "O(1)",
       .syntax = "[arguments: protover [AUTH <username_password: username password>] [SETNAME clientname]]",
       .is_secret = is_part_of_login}};
  std::optional<ProtocolVersion> version;
  std::optional<Login> login;
  std::optional<std::string_view> name;

  static Hello parse(ArgReader& reader) {
    Hello hello;
    if (!reader.done()) hello.version = read_version(reader);
    while (!reader.done()) {
      const std::string_view option = reader.peek();
      if (reader.left() >= 3 && reader.take_keyword("AUTH")) {
        Login& login = hello.login.emplace();
        login.user = reader.next_word();
        login.password = reader.next_word();
      } else if (reader.left() >= 2 && reader.take_keyword("SETNAME")) {
        hello.name = checked_client_name(reader.next_word());
      } else {
        throw CommandError("ERR Syntax error in HELLO option '" + std::string(option) + "'");
      }
    }
    return hello;
  }
  void execute(SessionContext& ctx) const {
    Session& session = ctx.session;
    if (login) {
      check_login(ctx, *login);
      log_in(session, *login);
    } else if (!session.chosen.is_authenticated && ctx.settings.requires_password) {
      throw CommandError(
          "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> "
          "<pass> option can be used to authenticate the client and select the RESP protocol version at the same time");
    }
    if (name) session.chosen.name = *name;
    if (version) session.chosen.protocol = *version;
    ctx.reply.set_version(session.chosen.protocol);
    describe_server(ctx);
  }

 private:
  static ProtocolVersion read_version(ArgReader& reader) {
    const auto number = base::parse_integer(reader.next_word());
    if (!number) throw CommandError("ERR Protocol version is not an integer or out of range");
    if (*number == 2) return ProtocolVersion::resp2;
    if (*number == 3) return ProtocolVersion::resp3;
    throw CommandError("NOPROTO unsupported protocol version");
  }

  static void describe_server(SessionContext& ctx) {
    ctx.reply.map(7);
    ctx.reply.bulk("server");
    ctx.reply.bulk("redis");
    ctx.reply.bulk("version");
    ctx.reply.bulk(base::redis_version);
    ctx.reply.bulk("proto");
    ctx.reply.integer(static_cast<std::int64_t>(ctx.session.chosen.protocol));
    ctx.reply.bulk("id");
    ctx.reply.integer(static_cast<std::int64_t>(ctx.session.id));
    ctx.reply.bulk("mode");
    ctx.reply.bulk("standalone");
    ctx.reply.bulk("role");
    ctx.reply.bulk("master");
    ctx.reply.bulk("modules");
    ctx.reply.array(0);
  }
};

// RESET
// The connection is as good as new, except that it keeps what the client library said of itself.
struct Reset {
  static constexpr Spec<AdminContext> spec{{.name = "RESET",
                                            .arity = 1,
                                            .flags = always_allowed | Flag::never_queued | Flag::in_subscribed_mode,
                                            .since = "6.2.0",
                                            .summary = "Puts the connection back into the state of a new one.",
                                            .complexity = "O(1)"}};

  void execute(AdminContext& ctx) const {
    Session& session = ctx.session;
    ctx.parts.clients.end_conversations(session);
    session.chosen.database = 0;
    session.chosen.protocol = ProtocolVersion::resp2;
    session.chosen.is_authenticated = !ctx.parts.settings.requires_password;
    session.chosen.user = default_user;
    session.chosen.name.clear();
    session.chosen.no_evict = false;
    session.chosen.no_touch = false;
    // A reply that an earlier CLIENT REPLY SKIP hides stays hidden, even if it is this one.
    if (session.chosen.reply_mode == ReplyMode::off) session.chosen.reply_mode = ReplyMode::on;
    ctx.reply.set_version(session.chosen.protocol);
    ctx.reply.simple("RESET");
  }
};

// QUIT [ignored …]
struct Quit {
  static constexpr Spec<SessionContext> spec{{.name = "QUIT",
                                              .arity = -1,
                                              .flags = always_allowed | Flag::never_queued | Flag::in_subscribed_mode,
                                              .since = "1.0.0",
                                              .summary = "Ends the connection once its replies are sent.",
                                              .complexity = "O(1)"}};
  Words ignored;

  void execute(SessionContext& ctx) const {
    ctx.session.place.is_closing = true;
    ctx.reply.ok();
  }
};

}  // namespace

std::span<const Spec<SessionContext>> connection_commands() {
  static const std::array list{command<Ping>(), command<Echo>(),  command<Select>(),
                               command<Auth>(), command<Hello>(), command<Quit>()};
  return list;
}

std::span<const Spec<AdminContext>> connection_reset_commands() {
  static const std::array list{command<Reset>()};
  return list;
}

}  // namespace sluice::commands::connections
