#include "server/config/config.hpp"

#include <array>
#include <string_view>
#include <vector>

#include "server/commands/server/register.hpp"
#include "server/commands/shared/help.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/dispatch/state/server_control.hpp"

namespace sluice::commands::server {

using namespace dispatch;

namespace {

constexpr Flags config_flags = Flag::admin | Flag::loading | Flag::noscript | Flag::stale;

// CONFIG GET pattern [pattern …]
struct ConfigGet {
  static constexpr Spec<AdminContext> spec{
      {.name = "CONFIG|GET",
       .arity = -3,
       .flags = config_flags,
       .since = "2.0.0",
       .summary = "Returns the directives that match a pattern, with their values.",
       .complexity = "O(N) with N patterns: each is held against all directives.",
       .syntax = "parameter [parameter ...]"}};
  Words patterns;

  void execute(AdminContext& ctx) const {
    const auto found = ctx.parts.services.get<config::Config>().find(patterns);
    ctx.reply.map(found.size());
    for (const auto& [name, value] : found) {
      ctx.reply.bulk(name);
      ctx.reply.bulk(value);
    }
  }
};

// CONFIG SET directive value [directive value …]
// All of them or, if anything is wrong with one, none.
struct ConfigSet {
  static constexpr Spec<AdminContext> spec{{.name = "CONFIG|SET",
                                            .arity = -4,
                                            .flags = config_flags,
                                            .since = "2.0.0",
                                            .summary = "Changes directives while the server runs.",
                                            .complexity = "O(N) with N directives.",
                                            .syntax = "parameter value [parameter_value: parameter value ...]",
                                            .tips = "request_policy:all_nodes response_policy:all_succeeded"}};
  std::vector<config::Config::Assignment> assignments;

  static ConfigSet parse(ArgReader& reader) {
    ConfigSet command;
    while (!reader.done()) {
      const std::string_view name = reader.next_word();
      command.assignments.push_back({name, reader.next_word()});
    }
    return command;
  }

  void execute(AdminContext& ctx) const {
    if (const auto error = ctx.parts.services.get<config::Config>().set(assignments, may_change_protected(ctx)))
      throw CommandError("ERR " + *error);
    ctx.reply.ok();
  }

 private:
  static bool may_change_protected(const AdminContext& ctx) {
    const std::string& allowed = ctx.parts.settings.enable_protected_configs;
    return allowed == "yes" || (allowed == "local" && ctx.session.endpoints.is_loopback);
  }
};

// CONFIG RESETSTAT
struct ConfigResetStat {
  static constexpr Spec<AdminContext> spec{{.name = "CONFIG|RESETSTAT",
                                            .arity = 2,
                                            .flags = config_flags,
                                            .since = "2.0.0",
                                            .summary = "Starts the statistics of INFO anew.",
                                            .complexity = "O(N) with N commands that the server knows.",
                                            .syntax = "",
                                            .tips = "request_policy:all_nodes response_policy:all_succeeded"}};

  void execute(AdminContext& ctx) const {
    ctx.parts.statistics.reset();
    ctx.parts.statistics.expired_keys_before = ctx.parts.databases.ledger().expirations;
    ctx.parts.statistics.expired_elements_before = ctx.parts.databases.ledger().element_expirations;
    ctx.parts.control.reset_figures();
    ctx.reply.ok();
  }
};

// CONFIG REWRITE
struct ConfigRewrite {
  static constexpr Spec<AdminContext> spec{
      {.name = "CONFIG|REWRITE",
       .arity = 2,
       .flags = config_flags,
       .since = "2.8.0",
       .summary = "Writes the present configuration to the file that the server started with.",
       .complexity = "O(N) with N directives; waits for the disk.",
       .syntax = "",
       .tips = "request_policy:all_nodes response_policy:all_succeeded"}};

  void execute(AdminContext& ctx) const {
    if (const auto error = ctx.parts.services.get<config::Config>().rewrite()) throw CommandError("ERR " + *error);
    ctx.reply.ok();
  }
};

// CONFIG HELP
struct ConfigHelp {
  static constexpr Spec<AdminContext> spec{{.name = "CONFIG|HELP",
                                            .arity = 2,
                                            .flags = Flag::loading | Flag::stale,
                                            .since = "5.0.0",
                                            .summary = "Lists the subcommands.",
                                            .complexity = "O(1)",
                                            .syntax = ""}};

  void execute(AdminContext& ctx) const {
    static constexpr auto lines = std::to_array<std::string_view>(
        {"GET <pattern> [<pattern> ...]", "    The directives that match any of the patterns, with their values.",
         "SET <directive> <value> [<directive> <value> ...]", "    Changes directives, all of them or none.",
         "RESETSTAT", "    Starts the statistics of INFO anew.", "REWRITE",
         "    Brings the configuration file up to the present values."});
    reply_help(ctx.reply, "CONFIG", lines);
  }
};

}  // namespace

std::span<const Spec<AdminContext>> config_commands() {
  static const std::array list{command<ConfigGet>(), command<ConfigSet>(), command<ConfigResetStat>(),
                               command<ConfigRewrite>(), command<ConfigHelp>()};
  return list;
}

}  // namespace sluice::commands::server
