#include "server/dispatch/requests/command_registry.hpp"

#include <algorithm>

#include "server/base/text.hpp"
#include "server/dispatch/requests/key_finder.hpp"

namespace sluice::dispatch {

namespace {

// The part of a subcommand's name behind the bar; the whole name of anything else.
std::string_view last_part(std::string_view name) {
  return name.substr(name.find('|') + 1);
}

std::uint64_t hash_of_first_key(const SpecFields& spec, Words request, const base::KeyHasher& hasher) {
  if (spec.keys.count == 0) return 0;
  const KeySpec& keys = spec.keys.items[0];
  if (!keys.is_fixed()) [[unlikely]] {
    const auto word = find_first_key(keys, request);
    return word ? hasher(request[*word]) : 0;
  }
  const auto index = static_cast<std::size_t>(keys.index);
  return index < request.size() ? hasher(request[index]) : 0;
}

// What an HTTP request begins with that carries commands in its body, and the header that every HTTP request has.
bool is_http(std::string_view first_word) {
  return base::equals_ignoring_case(first_word, "POST") || base::equals_ignoring_case(first_word, "Host:");
}

const CommandEntry* find_subcommand(const CommandEntry& container, std::string_view name) {
  const auto found = std::ranges::find_if(container.subcommands, [name](const CommandEntry* subcommand) {
    return base::equals_ignoring_case(last_part(subcommand->spec->name), name);
  });
  return found == container.subcommands.end() ? nullptr : *found;
}

template <class Context>
Command command_of(const RegisteredCommand<Context>* registered, WordRange range, std::uint64_t hash) {
  return CommandOf<Context>{registered, range, hash};
}
Command command_of(std::monostate, WordRange range, std::uint64_t /*hash*/) {
  return InvalidCommand{.words = range, .reason = InvalidCommand::Reason::unknown_command};
}

}  // namespace

const CommandEntry* CommandRegistry::find(std::string_view name) const {
  const std::size_t bar = name.find('|');
  if (bar == std::string_view::npos) return by_name_.find(name);
  const CommandEntry* container = by_name_.find(name.substr(0, bar));
  return container == nullptr ? nullptr : find_subcommand(*container, name.substr(bar + 1));
}

const CommandEntry* CommandRegistry::find(Words request) const {
  const CommandEntry* entry = by_name_.find(request[0]);
  if (entry == nullptr || entry->subcommands.empty() || request.size() < 2) return entry;
  return find_subcommand(*entry, request[1]);
}

Command CommandRegistry::resolve(Words words, WordRange range, const base::KeyHasher& hasher) const {
  using Reason = InvalidCommand::Reason;
  const Words request = words.subspan(range.first, range.count);
  const CommandEntry* entry = by_name_.find(request[0]);
  if (entry == nullptr) {
    const Reason reason = is_http(request[0]) ? Reason::foreign_protocol : Reason::unknown_command;
    return InvalidCommand{.words = range, .reason = reason};
  }
  if (!entry->subcommands.empty() && request.size() > 1) {
    const CommandEntry* subcommand = find_subcommand(*entry, request[1]);
    if (subcommand == nullptr) {
      return InvalidCommand{entry->spec, range, entry->number, Reason::unknown_subcommand};
    }
    entry = subcommand;
  }
  if (entry->is_container() || !arity_fits(*entry->spec, request.size())) {
    return InvalidCommand{entry->spec, range, entry->number, Reason::wrong_arity};
  }
  const std::uint64_t hash = hash_of_first_key(*entry->spec, request, hasher);
  if (const auto* data = std::get_if<const RegisteredCommand<DataContext>*>(&entry->registered)) [[likely]] {
    return DataCommand{*data, range, hash};
  }
  return std::visit([&](const auto& registered) { return command_of(registered, range, hash); }, entry->registered);
}

void CommandRegistry::add_entry(CommandEntry entry) {
  CommandEntry& added = entries_.emplace_back(std::move(entry));
  const std::string_view name = added.spec->name;
  const std::size_t bar = name.find('|');
  if (bar == std::string_view::npos) {
    by_name_.add(name, added);
    top_level_.push_back(&added);
  } else {
    create_container(name.substr(0, bar), *added.spec).subcommands.push_back(&added);
  }
}

CommandEntry& CommandRegistry::create_container(std::string_view name, const SpecFields& first_subcommand) {
  if (CommandEntry* found = by_name_.find(name)) return *found;
  auto spec = std::make_shared<SpecFields>(SpecFields{.name = name,
                                                      .arity = -2,
                                                      .group = first_subcommand.group,
                                                      .since = first_subcommand.since,
                                                      .summary = "Contains the subcommands.",
                                                      .complexity = "Depends on subcommand."});
  add_entry({.spec = spec.get(), .number = next_number()});
  owned_.push_back(std::move(spec));
  return entries_.back();
}

std::string unknown_command_error(Words request) {
  constexpr std::size_t quoted_bytes_max = 128;
  std::string quoted;
  for (const std::string_view word : request.subspan(1)) {
    if (quoted.size() >= quoted_bytes_max) break;
    quoted += '\'' + std::string(base::excerpt(word, quoted_bytes_max - quoted.size())) + "' ";
  }
  return "ERR unknown command '" + std::string(base::excerpt(request[0])) + "', with args beginning with: " + quoted;
}

}  // namespace sluice::dispatch
