#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "server/base/glob.hpp"
#include "server/base/text.hpp"
#include "server/commands/server/command_reply.hpp"
#include "server/commands/server/register.hpp"
#include "server/commands/shared/help.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/requests/key_finder.hpp"

namespace sluice::commands::server {

using namespace dispatch;

namespace {

constexpr SpecFields subcommand_of_command(std::string_view name, int arity, std::string_view since,
                                           std::string_view syntax, std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = Flag::loading | Flag::stale,
          .categories = Category::connection,
          .since = since,
          .summary = summary,
          .complexity = "O(N), N being the number of commands asked for",
          .syntax = syntax,
          .tips = "nondeterministic_output_order"};
}

// COMMAND
struct AllCommands {
  static constexpr Spec<AdminContext> spec{
      subcommand_of_command("COMMAND", -1, "2.8.13", "", "Describes all commands.")};

  void execute(AdminContext& ctx) const {
    ctx.reply.array(ctx.parts.commands.top_level().size());
    for (const CommandEntry* entry : ctx.parts.commands.top_level()) reply_info(ctx.reply, *entry);
  }
};

// COMMAND COUNT
struct CommandCount {
  static constexpr Spec<AdminContext> spec{{.name = "COMMAND|COUNT",
                                            .arity = 2,
                                            .flags = Flag::loading | Flag::stale,
                                            .categories = Category::connection,
                                            .since = "2.8.13",
                                            .summary = "Returns how many commands there are.",
                                            .complexity = "O(1)"}};

  void execute(AdminContext& ctx) const {
    ctx.reply.integer(static_cast<std::int64_t>(ctx.parts.commands.top_level().size()));
  }
};

// COMMAND INFO [command-name [command-name ...]]
struct CommandInfo {
  static constexpr Spec<AdminContext> spec{subcommand_of_command("COMMAND|INFO", -2, "2.8.13", "[command-name ...]",
                                                                 "Describes the named commands, or all.")};
  Words names;

  void execute(AdminContext& ctx) const {
    if (names.empty()) return AllCommands{}.execute(ctx);
    ctx.reply.array(names.size());
    for (const std::string_view name : names) {
      const CommandEntry* entry = ctx.parts.commands.find(name);
      if (entry == nullptr) {
        ctx.reply.null();
      } else {
        reply_info(ctx.reply, *entry);
      }
    }
  }
};

// COMMAND DOCS [command-name [command-name ...]]
// Names that are unknown are left out of the reply.
struct CommandDocs {
  static constexpr Spec<AdminContext> spec{subcommand_of_command("COMMAND|DOCS", -2, "7.0.0", "[command-name ...]",
                                                                 "Documents the named commands, or all.")};
  Words names;

  void execute(AdminContext& ctx) const {
    const std::size_t mark = ctx.reply.mark();
    std::size_t count = 0;
    const auto document = [&](const CommandEntry* entry) {
      if (entry == nullptr) return;
      reply_docs(ctx.reply, *entry);
      ++count;
    };
    if (names.empty()) std::ranges::for_each(ctx.parts.commands.top_level(), document);
    for (const std::string_view name : names) document(ctx.parts.commands.find(name));
    ctx.reply.map_at(mark, count);
  }
};

bool is_in_category(const CommandEntry& entry, std::string_view category) {
  const Categories all = categories_of(*entry.spec);
  for (const auto& [member, name] : category_names) {
    if (base::equals_ignoring_case(name, category)) return all.has(member);
  }
  return false;
}

// COMMAND LIST [FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]
struct CommandList {
  static constexpr Spec<AdminContext> spec{subcommand_of_command(
      "COMMAND|LIST", -2, "7.0.0", "[FILTERBY <filterby: MODULE module-name | ACLCAT category | PATTERN pattern>]",
      "Returns the names of all commands, or of those that a filter picks.")};
  enum class Filter { none, module, category, pattern };
  Filter filter = Filter::none;
  std::string_view filter_value;

  static CommandList parse(ArgReader& reader) {
    CommandList list;
    if (reader.done()) return list;
    if (!reader.take_keyword("FILTERBY")) throw syntax_error();
    if (reader.take_keyword("MODULE")) {
      list.filter = Filter::module;
    } else if (reader.take_keyword("ACLCAT")) {
      list.filter = Filter::category;
    } else if (reader.take_keyword("PATTERN")) {
      list.filter = Filter::pattern;
    } else {
      throw syntax_error();
    }
    list.filter_value = reader.next_word();
    reader.finish();
    return list;
  }

  bool picks(const CommandEntry& entry) const {
    switch (filter) {
      case Filter::none:
        return true;
      case Filter::module:
        return false;
      case Filter::category:
        return is_in_category(entry, filter_value);
      case Filter::pattern:
        return base::glob_matches(filter_value, entry.spec->name, base::LetterCase::insensitive);
    }
    return false;
  }

  void execute(AdminContext& ctx) const {
    const std::size_t mark = ctx.reply.mark();
    std::size_t count = 0;
    const auto list = [&](const CommandEntry& entry) {
      if (!picks(entry)) return;
      ctx.reply.bulk(base::to_lower(entry.spec->name));
      ++count;
    };
    for (const CommandEntry* entry : ctx.parts.commands.top_level()) {
      list(*entry);
      for (const CommandEntry* subcommand : entry->subcommands) list(*subcommand);
    }
    ctx.reply.set_at(mark, count);
  }
};

// The keys of a request that was given as arguments. Commands that need not have any may have been given none.
std::vector<FoundKey> keys_of_request(const CommandRegistry& commands, Words request) {
  const CommandEntry* entry = commands.find(request);
  if (entry == nullptr) throw CommandError("ERR Invalid command specified");
  if (!may_have_keys(*entry->spec)) throw CommandError("ERR The command has no key arguments");
  if (!arity_fits(*entry->spec, request.size())) {
    throw CommandError("ERR Invalid number of arguments specified for command");
  }
  std::vector<FoundKey> keys;
  const KeyScan scan = visit_keys(*entry->spec, request, [&keys](const FoundKey& key) { keys.push_back(key); });
  if (scan == KeyScan::found) return keys;
  if (entry->spec->flags.has(Flag::no_mandatory_keys)) return {};
  throw CommandError("ERR Invalid arguments specified for command");
}

// COMMAND GETKEYS command [arg ...]
struct CommandGetKeys {
  static constexpr Spec<AdminContext> spec{{.name = "COMMAND|GETKEYS",
                                            .arity = -3,
                                            .flags = Flag::loading | Flag::stale,
                                            .categories = Category::connection,
                                            .since = "2.8.13",
                                            .summary = "Returns the keys among the words of a request.",
                                            .complexity = "O(N), N being the number of words",
                                            .syntax = "command [arg ...]"}};
  Words request;

  void execute(AdminContext& ctx) const {
    const auto keys = keys_of_request(ctx.parts.commands, request);
    ctx.reply.array(keys.size());
    for (const FoundKey& key : keys) ctx.reply.bulk(request[key.word]);
  }
};

// COMMAND GETKEYSANDFLAGS command [arg ...]
struct CommandGetKeysAndFlags {
  static constexpr Spec<AdminContext> spec{
      {.name = "COMMAND|GETKEYSANDFLAGS",
       .arity = -3,
       .flags = Flag::loading | Flag::stale,
       .categories = Category::connection,
       .since = "7.0.0",
       .summary = "Returns the keys among the words of a request and what would be done to them.",
       .complexity = "O(N), N being the number of words",
       .syntax = "command [arg ...]"}};
  Words request;

  void execute(AdminContext& ctx) const {
    const auto keys = keys_of_request(ctx.parts.commands, request);
    ctx.reply.array(keys.size());
    for (const FoundKey& key : keys) {
      ctx.reply.array(2);
      ctx.reply.bulk(request[key.word]);
      reply_key_flags(ctx.reply, key.flags);
    }
  }
};

// COMMAND HELP
struct CommandHelp {
  static constexpr Spec<AdminContext> spec{{.name = "COMMAND|HELP",
                                            .arity = 2,
                                            .flags = Flag::loading | Flag::stale,
                                            .categories = Category::connection,
                                            .since = "5.0.0",
                                            .summary = "Explains the subcommands.",
                                            .complexity = "O(1)"}};

  void execute(AdminContext& ctx) const {
    static constexpr std::array<std::string_view, 14> lines = {
        "(no subcommand)",
        "    Describe every command.",
        "COUNT",
        "    Return how many commands there are.",
        "DOCS [<command-name> ...]",
        "    Document the named commands, or all.",
        "GETKEYS <full-command>",
        "    Return the keys of a request.",
        "GETKEYSANDFLAGS <full-command>",
        "    Return the keys of a request and how each is accessed.",
        "INFO [<command-name> ...]",
        "    Describe the named commands, or all.",
        "LIST [FILTERBY (MODULE <module-name>|ACLCAT <category>|PATTERN <pattern>)]",
        "    Return the names of commands."};
    reply_help(ctx.reply, "COMMAND", lines);
  }
};

}  // namespace

std::span<const Spec<AdminContext>> command_commands() {
  static const std::array list{command<AllCommands>(),
                               command<CommandCount>(),
                               command<CommandDocs>(),
                               command<CommandGetKeys>(),
                               command<CommandGetKeysAndFlags>(),
                               command<CommandHelp>(),
                               command<CommandInfo>(),
                               command<CommandList>()};
  return list;
}

}  // namespace sluice::commands::server
