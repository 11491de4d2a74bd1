#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/text.hpp"
#include "server/commands/connections/register.hpp"
#include "server/commands/connections/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/clients/client_registry.hpp"
#include "server/dispatch/clients/conversations.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/tracking/tracking_table.hpp"

namespace sluice::commands::connections {

using namespace dispatch;

namespace {

bool overlaps(std::string_view left, std::string_view right) {
  return left.starts_with(right) || right.starts_with(left);
}

CommandError overlap_error(std::string_view prefix, std::string_view which, std::string_view other) {
  return CommandError("ERR Prefix '" + std::string(prefix) + "' overlaps with " + std::string(which) + " prefix '" +
                      std::string(other) + "'. Prefixes for a single client must not overlap.");
}

// CLIENT TRACKING ON | OFF [REDIRECT client-id] [PREFIX prefix [PREFIX prefix …]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]
// Given again, it replaces the options but adds to the prefixes. The mode can only be changed by way of OFF.
struct ClientTracking {
  static constexpr Spec<AdminContext> spec{
      {.name = "CLIENT|TRACKING",
       .arity = -3,
       .flags = own_connection_flags,
       .since = "6.0.0",
       .summary = "Has this connection told when keys that it has read change.",
       .complexity = "O(1). Some options may introduce additional complexity.",
       .syntax = "<status: ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] "
                 "[NOLOOP]"}};
  bool is_on = false;
  bool broadcasts = false;
  bool opts_in = false;
  bool opts_out = false;
  bool skips_own = false;
  std::optional<std::uint64_t> redirect_to;
  std::vector<std::string_view> prefixes;
  std::optional<CommandError> later_error;  // of what is wrong behind REDIRECT, or with the mode

  static ClientTracking parse(ArgReader& reader) {
    ClientTracking tracking;
    const std::string_view mode = reader.next_word();
    try {
      while (!reader.done()) tracking.read_option(reader);
    } catch (const CommandError& error) {
      // Whether the client to redirect to exists is told first, and known only later.
      if (!tracking.redirect_to) throw;
      tracking.later_error = error;
    }
    tracking.is_on = base::equals_ignoring_case(mode, "ON");
    const bool is_mode = tracking.is_on || base::equals_ignoring_case(mode, "OFF");
    if (!is_mode && !tracking.later_error) tracking.later_error = syntax_error();
    return tracking;
  }
  void execute(AdminContext& ctx) const {
    if (redirect_to && ctx.parts.clients.find(*redirect_to) == nullptr) {
      throw CommandError("ERR The client ID you want redirect to does not exist");
    }
    if (later_error) throw CommandError(*later_error);
    if (is_on) {
      if (!broadcasts && !prefixes.empty()) throw CommandError("ERR PREFIX option requires BCAST mode to be enabled");
      if (ctx.session.conversations.tracking && broadcasts != ctx.session.conversations.tracking->is_broadcasting)
        throw switching("BCAST mode on/off");
      check_options();
      if (ctx.session.conversations.tracking) check_against(*ctx.session.conversations.tracking);
      check_prefixes(ctx.session.conversations.tracking.get());
      ctx.parts.services.get<tracking::TrackingTable>().enable(ctx.session, wanted());
    } else {
      ctx.parts.services.get<tracking::TrackingTable>().disable(ctx.session);
    }
    ctx.reply.ok();
  }

 private:
  void read_option(ArgReader& reader) {
    if (reader.left() >= 2 && reader.take_keyword("REDIRECT")) {
      if (redirect_to) throw CommandError("ERR A client can only redirect to a single other client");
      // No connection has a negative number.
      redirect_to = static_cast<std::uint64_t>(reader.next_integer());
    } else if (reader.left() >= 2 && reader.take_keyword("PREFIX")) {
      prefixes.push_back(reader.next_word());
    } else if (reader.take_keyword("BCAST")) {
      broadcasts = true;
    } else if (reader.take_keyword("OPTIN")) {
      opts_in = true;
    } else if (reader.take_keyword("OPTOUT")) {
      opts_out = true;
    } else if (reader.take_keyword("NOLOOP")) {
      skips_own = true;
    } else {
      throw syntax_error();
    }
  }

  TrackingState::Choice choice() const {
    using enum TrackingState::Choice;
    if (opts_in) return opt_in;
    return opts_out ? opt_out : every_key;
  }

  TrackingState wanted() const {
    TrackingState state;
    state.choice = choice();
    state.is_broadcasting = broadcasts;
    state.skips_own_changes = skips_own;
    state.redirect_to = redirect_to.value_or(0);
    for (const std::string_view prefix : prefixes) state.prefixes.emplace(prefix);
    return state;
  }

  void check_options() const {
    if (broadcasts && (opts_in || opts_out)) {
      throw CommandError("ERR OPTIN and OPTOUT are not compatible with BCAST");
    }
    if (opts_in && opts_out) throw CommandError("ERR You can't specify both OPTIN mode and OPTOUT mode");
  }

  static CommandError switching(std::string_view what) {
    return CommandError("ERR You can't switch " + std::string(what) +
                        " before disabling tracking for this client, and then re-enabling it with a different mode.");
  }

  void check_against(const TrackingState& present) const {
    using enum TrackingState::Choice;
    if ((opts_in && present.choice == opt_out) || (opts_out && present.choice == opt_in)) {
      throw switching("OPTIN/OPTOUT mode");
    }
  }

  // No client is to be told twice of one change.
  void check_prefixes(const TrackingState* present) const {
    for (auto prefix = prefixes.begin(); prefix != prefixes.end(); ++prefix) {
      if (present != nullptr) {
        for (const std::string& other : present->prefixes) {
          if (overlaps(*prefix, other)) throw overlap_error(*prefix, "an existing", other);
        }
      }
      for (auto other = prefix + 1; other != prefixes.end(); ++other) {
        if (overlaps(*prefix, *other)) throw overlap_error(*prefix, "another provided", *other);
      }
    }
  }
};

// CLIENT CACHING YES | NO
// The exception to OPTIN or OPTOUT, for one command or transaction.
struct ClientCaching {
  static constexpr Spec<AdminContext> spec{
      {.name = "CLIENT|CACHING",
       .arity = 3,
       .flags = own_connection_flags,
       .since = "6.0.0",
       .summary = "Chooses whether the keys that the next command reads are tracked.",
       .complexity = "O(1)",
       .syntax = "<mode: YES | NO>"}};
  std::string_view choice;

  void execute(AdminContext& ctx) const {
    using enum TrackingState::Choice;
    TrackingState* state = ctx.session.conversations.tracking.get();
    if (state == nullptr) {
      throw CommandError(
          "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode "
          "enabled");
    }
    const bool is_yes = base::equals_ignoring_case(choice, "YES");
    if (!is_yes && !base::equals_ignoring_case(choice, "NO")) throw syntax_error();
    if (is_yes && state->choice != opt_in) {
      throw CommandError("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
    }
    if (!is_yes && state->choice != opt_out) {
      throw CommandError("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
    }
    state->is_next_chosen = true;
    ctx.reply.ok();
  }
};

// CLIENT GETREDIR
struct ClientGetRedir {
  static constexpr Spec<AdminContext> spec{
      {.name = "CLIENT|GETREDIR",
       .arity = 2,
       .flags = own_connection_flags,
       .since = "6.0.0",
       .summary = "Returns the number of the connection that is told instead of this one.",
       .complexity = "O(1)"}};

  void execute(AdminContext& ctx) const { ctx.reply.integer(ctx.session.redirection()); }
};

// CLIENT TRACKINGINFO
struct ClientTrackingInfo {
  static constexpr Spec<AdminContext> spec{{.name = "CLIENT|TRACKINGINFO",
                                            .arity = 2,
                                            .flags = own_connection_flags,
                                            .since = "6.2.0",
                                            .summary = "Tells how this connection tracks.",
                                            .complexity = "O(1)"}};

  void execute(AdminContext& ctx) const {
    const TrackingState* state = ctx.session.conversations.tracking.get();
    const std::vector<std::string_view> flags = flags_of(state);
    ctx.reply.map(3);
    ctx.reply.bulk("flags");
    ctx.reply.set(flags.size());
    for (const std::string_view flag : flags) ctx.reply.bulk(flag);
    ctx.reply.bulk("redirect");
    ctx.reply.integer(ctx.session.redirection());
    ctx.reply.bulk("prefixes");
    ctx.reply.array(state == nullptr ? 0 : state->prefixes.size());
    if (state == nullptr) return;
    for (const std::string& prefix : state->prefixes) ctx.reply.bulk(prefix);
  }

 private:
  static std::vector<std::string_view> flags_of(const TrackingState* state) {
    using enum TrackingState::Choice;
    if (state == nullptr) return {"off"};
    std::vector<std::string_view> flags{"on"};
    if (state->is_broadcasting) flags.push_back("bcast");
    if (state->choice == opt_in) {
      flags.push_back("optin");
      if (state->is_next_chosen) flags.push_back("caching-yes");
    }
    if (state->choice == opt_out) {
      flags.push_back("optout");
      if (state->is_next_chosen) flags.push_back("caching-no");
    }
    if (state->skips_own_changes) flags.push_back("noloop");
    if (state->is_redirect_broken) flags.push_back("broken_redirect");
    return flags;
  }
};

}  // namespace

std::span<const Spec<AdminContext>> client_tracking_commands() {
  static const std::array list{command<ClientTracking>(), command<ClientCaching>(), command<ClientGetRedir>(),
                               command<ClientTrackingInfo>()};
  return list;
}

}  // namespace sluice::commands::connections
