#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "server/base/number_text.hpp"
#include "server/base/text.hpp"
#include "server/commands/connections/register.hpp"
#include "server/commands/connections/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/clients/client_registry.hpp"
#include "server/dispatch/clients/conversations.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::connections {

using namespace dispatch;

namespace {

enum class ClientType : std::uint8_t { normal, master, replica, pubsub };

ClientType next_client_type(ArgReader& reader) {
  const std::string_view word = reader.next_word();
  if (base::equals_ignoring_case(word, "normal")) return ClientType::normal;
  if (base::equals_ignoring_case(word, "master")) return ClientType::master;
  if (base::equals_ignoring_case(word, "replica") || base::equals_ignoring_case(word, "slave")) {
    return ClientType::replica;
  }
  if (base::equals_ignoring_case(word, "pubsub")) return ClientType::pubsub;
  throw CommandError("ERR Unknown client type '" + std::string(word) + "'");
}

// No connection replicates.
ClientType type_of(const Session& session) {
  return session.is_subscribed() ? ClientType::pubsub : ClientType::normal;
}

std::int64_t age_seconds(const Session& session, const base::Clock& clock) {
  return (clock.now_ms() - session.figures.created_ms) / 1000;
}

// One letter for each thing that is special about the connection.
std::string flag_letters(const Session& session) {
  std::string letters;
  if (session.conversations.is_monitor) letters += 'O';
  if (session.is_subscribed()) letters += 'P';
  if (session.conversations.transaction) letters += 'x';
  if (session.conversations.parked || session.conversations.is_paused) letters += 'b';
  if (session.conversations.tracking) {
    letters += 't';
    if (session.conversations.tracking->is_redirect_broken) letters += 'R';
    if (session.conversations.tracking->is_broadcasting) letters += 'B';
  }
  if (session.conversations.has_stale_watch) letters += 'd';
  if (session.place.is_closing) letters += 'c';
  if (session.endpoints.is_unix_socket) letters += 'U';
  if (session.chosen.no_evict) letters += 'e';
  if (session.chosen.no_touch) letters += 'T';
  return letters.empty() ? "N" : letters;
}

std::string last_command_name(const Session& session) {
  return session.figures.last_command == nullptr ? "NULL" : base::to_lower(session.figures.last_command->name);
}

// Appends what the connection is engaged in.
void append_conversations(std::string& text, const Session& session) {
  static const Subscriptions none;
  const Subscriptions& subscriptions =
      session.conversations.subscriptions ? *session.conversations.subscriptions : none;
  const auto queued_count = session.conversations.transaction
                                ? static_cast<std::int64_t>(session.conversations.transaction->queued.size())
                                : std::int64_t{-1};
  fmt::format_to(std::back_inserter(text), " sub={} psub={} ssub={} multi={} watch={}", subscriptions.channels.size(),
                 subscriptions.patterns.size(), subscriptions.shard_channels.size(), queued_count,
                 session.conversations.watched_count);
}

// Appends what the connection takes up: its input, its transaction, and its output, which is counted as replies (obl),
// pushed pieces (oll) and the bytes of both (omem).
void append_buffers(std::string& text, const Session& session) {
  const InputBuffer input = session.control->input_buffer();
  const std::size_t owed_bytes = session.owed_bytes();
  const std::size_t pushed_bytes = std::min(session.owed_pushed_bytes(), owed_bytes);
  fmt::format_to(std::back_inserter(text),
                 " qbuf={} qbuf-free={} argv-mem={} multi-mem={} rbs={} rbp={} obl={} oll={} omem={} tot-mem={}",
                 input.used_bytes, input.free_bytes, session.figures.argument_bytes,
                 session.conversations.transaction ? session.conversations.transaction->memory_bytes : 0,
                 session.figures.reply_buffer_bytes, session.figures.reply_bytes_peak, owed_bytes - pushed_bytes,
                 session.control->owed_pushed_count(), owed_bytes, session.memory_bytes());
}

// Appends the line that CLIENT LIST and CLIENT INFO show of `session`.
void append_line(std::string& text, const Session& session, const base::Clock& clock) {
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={}", session.id,
                 session.endpoints.peer, session.endpoints.local, session.endpoints.descriptor, session.chosen.name,
                 age_seconds(session, clock), (clock.now_ms() - session.figures.last_interaction_ms) / 1000,
                 flag_letters(session), session.chosen.database);
  append_conversations(text, session);
  append_buffers(text, session);
  fmt::format_to(out, " events={} cmd={} user={} redir={} resp={} lib-name={} lib-ver={}",
                 session.owed_bytes() == 0 ? "r" : "rw", last_command_name(session), session.chosen.user,
                 session.redirection(), static_cast<int>(session.chosen.protocol), session.chosen.library_name,
                 session.chosen.library_version);
  fmt::format_to(out, " tot-net-in={} tot-net-out={} tot-cmds={}\n", session.figures.network_input_bytes,
                 session.network_output_bytes(), session.figures.commands_processed);
}

// CLIENT INFO
struct ClientInfo {
  static constexpr Spec<AdminContext> spec{{.name = "CLIENT|INFO",
                                            .arity = 2,
                                            .flags = Flag::noscript | Flag::loading | Flag::stale,
                                            .since = "6.2.0",
                                            .summary = "Tells about this connection.",
                                            .complexity = "O(1)",
                                            .tips = "nondeterministic_output"}};

  void execute(AdminContext& ctx) const {
    std::string text;
    append_line(text, ctx.session, ctx.parts.clock);
    ctx.reply.verbatim("txt", text);
  }
};

// CLIENT LIST [TYPE NORMAL | MASTER | REPLICA | PUBSUB | ID client-id [client-id …]]
// Ids are listed in the order given; those that do not exist are left out.
struct ClientList {
  static constexpr Spec<AdminContext> spec{
      {.name = "CLIENT|LIST",
       .arity = -2,
       .flags = Flag::admin | Flag::noscript | Flag::loading | Flag::stale,
       .since = "2.4.0",
       .summary = "Tells about all connections, those of a type, or those with given numbers.",
       .complexity = "O(N) in the number of connections",
       .syntax =
           "[TYPE <normal_master_replica_pubsub: NORMAL | MASTER | REPLICA | PUBSUB>] [ID <client-id [client-id ...]>]",
       .tips = "nondeterministic_output"}};
  std::optional<ClientType> type;
  std::optional<std::vector<std::uint64_t>> ids;

  static ClientList parse(ArgReader& reader) {
    ClientList list;
    if (reader.left() == 2 && reader.take_keyword("TYPE")) {
      list.type = next_client_type(reader);
    } else if (reader.left() >= 2 && reader.take_keyword("ID")) {
      list.ids.emplace();
      while (!reader.done()) list.ids->push_back(next_id(reader));
    }
    reader.finish();
    return list;
  }
  void execute(AdminContext& ctx) const {
    std::string text;
    if (ids) {
      for (const std::uint64_t id : *ids) {
        if (const Session* session = ctx.parts.clients.find(id)) append_line(text, *session, ctx.parts.clock);
      }
    } else {
      for (const auto& [id, session] : ctx.parts.clients) {
        if (!type || type_of(*session) == *type) append_line(text, *session, ctx.parts.clock);
      }
    }
    ctx.reply.verbatim("txt", text);
  }

 private:
  // A negative number is not an error: no client has it.
  static std::uint64_t next_id(ArgReader& reader) {
    constexpr auto low = std::numeric_limits<std::int64_t>::min();
    constexpr auto high = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::uint64_t>(reader.next_integer_between(low, high, "ERR Invalid client ID"));
  }
};

// Which connections CLIENT KILL is about: those that every condition applies to.
struct KillFilter {
  std::optional<std::uint64_t> id;
  std::optional<ClientType> type;
  std::optional<std::string_view> user;
  std::optional<std::string_view> address;
  std::optional<std::string_view> local_address;
  std::int64_t age_seconds_min = 0;
  bool skips_own = true;

  bool applies_to(const Session& session, const AdminContext& ctx) const {
    if (skips_own && &session == &ctx.session) return false;
    return (!id || session.id == *id) && (!type || type_of(session) == *type) &&
           (!user || session.chosen.user == *user) && (!address || session.endpoints.peer == *address) &&
           (!local_address || session.endpoints.local == *local_address) &&
           age_seconds(session, ctx.parts.clock) >= age_seconds_min;
  }
};

// CLIENT KILL ip:port
// CLIENT KILL [ID client-id] [TYPE type] [USER username] [ADDR ip:port] [LADDR ip:port] [SKIPME YES | NO]
//   [MAXAGE maxage]
// A client that closes its own connection still gets the reply.
struct ClientKill {
  static constexpr Spec<AdminContext> spec{
      {.name = "CLIENT|KILL",
       .arity = -3,
       .flags = Flag::admin | Flag::noscript | Flag::loading | Flag::stale,
       .since = "2.4.0",
       .summary = "Closes connections.",
       .complexity = "O(N) in the number of connections",
       .syntax =
           "<filter: ip:port | [new-format: [ID client-id] | [TYPE <normal_master_slave_pubsub: NORMAL | MASTER | "
           "SLAVE | REPLICA | PUBSUB>] | [USER username] | [ADDR ip:port] | [LADDR ip:port] | [SKIPME yes/no] | "
           "[MAXAGE maxage] ...]>"}};
  KillFilter filter;
  bool is_old_form = false;

  static ClientKill parse(ArgReader& reader) {
    ClientKill kill;
    if (reader.left() == 1) {
      kill.is_old_form = true;
      kill.filter.address = reader.next_word();
      kill.filter.skips_own = false;
    }
    while (!reader.done()) read_condition(reader, kill.filter);
    return kill;
  }
  void execute(AdminContext& ctx) const {
    std::vector<Session*> victims;
    for (const auto& [id, session] : ctx.parts.clients) {
      if (filter.applies_to(*session, ctx)) victims.push_back(session);
    }
    if (is_old_form && victims.empty()) throw CommandError("ERR No such client");
    for (Session* victim : victims) close(*victim, ctx);
    if (is_old_form) {
      ctx.reply.ok();
    } else {
      ctx.reply.integer(static_cast<std::int64_t>(victims.size()));
    }
  }

 private:
  static void read_condition(ArgReader& reader, KillFilter& filter) {
    if (reader.left() < 2) throw syntax_error();
    if (reader.take_keyword("ID")) {
      constexpr auto id_max = std::numeric_limits<std::int64_t>::max();
      filter.id =
          static_cast<std::uint64_t>(reader.next_integer_between(1, id_max, "ERR client-id should be greater than 0"));
    } else if (reader.take_keyword("TYPE")) {
      filter.type = next_client_type(reader);
    } else if (reader.take_keyword("USER")) {
      filter.user = next_user(reader);
    } else if (reader.take_keyword("ADDR")) {
      filter.address = reader.next_word();
    } else if (reader.take_keyword("LADDR")) {
      filter.local_address = reader.next_word();
    } else if (reader.take_keyword("SKIPME")) {
      filter.skips_own = next_yes_or_no(reader);
    } else if (reader.take_keyword("MAXAGE")) {
      filter.age_seconds_min = next_age(reader);
    } else {
      throw syntax_error();
    }
  }

  static std::string_view next_user(ArgReader& reader) {
    const std::string_view user = reader.next_word();
    if (user != default_user) throw CommandError("ERR No such user '" + std::string(user) + "'");
    return user;
  }

  static bool next_yes_or_no(ArgReader& reader) {
    if (reader.take_keyword("YES")) return true;
    if (reader.take_keyword("NO")) return false;
    throw syntax_error();
  }

  static std::int64_t next_age(ArgReader& reader) {
    const auto seconds = base::parse_integer(reader.next_word());
    if (!seconds) throw CommandError("ERR maxage is not an integer or out of range");
    if (*seconds <= 0) throw CommandError("ERR maxage should be greater than 0");
    return *seconds;
  }

  // A killed client is off the list at once, though its socket closes a moment later: nothing that it sent runs any
  // more.
  static void close(Session& victim, AdminContext& ctx) {
    victim.place.is_closing = true;
    if (&victim == &ctx.session) return;
    ctx.parts.clients.remove(victim);
    victim.control->request_close();
  }
};

}  // namespace

std::span<const Spec<AdminContext>> client_list_commands() {
  static const std::array list{command<ClientInfo>(), command<ClientList>(), command<ClientKill>()};
  return list;
}

}  // namespace sluice::commands::connections
