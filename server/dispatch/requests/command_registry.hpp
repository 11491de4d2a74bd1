#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/base/hash.hpp"
#include "server/dispatch/requests/command.hpp"
#include "server/dispatch/requests/command_names.hpp"

namespace sluice::dispatch {

// A name that the registry knows: a command, a subcommand, or a container that is nothing but its subcommands.
struct CommandEntry {
  const SpecFields* spec = nullptr;
  std::uint32_t number = 0;  // its place in Statistics::by_command
  std::variant<std::monostate, const RegisteredCommand<DataContext>*, const RegisteredCommand<BlockingContext>*,
               const RegisteredCommand<SessionContext>*, const RegisteredCommand<TransactionContext>*,
               const RegisteredCommand<PubSubContext>*, const RegisteredCommand<AdminContext>*>
      registered;
  std::vector<const CommandEntry*> subcommands;

  bool is_container() const { return std::holds_alternative<std::monostate>(registered); }
};

// What the commands of a family have in common: a spec that leaves these out has them from its family.
struct FamilyFacts {
  std::string_view group;  // see SpecFields
  Categories categories = {};
};

// All commands by name, in any case. Filled when the server is put together; afterwards any thread may read it.
class CommandRegistry {
 public:
  // Adds a list of a family. A subcommand makes its container unless that is a command of its own, which must come
  // first.
  template <class Context>
  void add(const FamilyFacts& family, std::span<const Spec<Context>> list) {
    for (const Spec<Context>& spec : list) {
      auto registered = std::make_shared<RegisteredCommand<Context>>(RegisteredCommand<Context>{spec, next_number()});
      registered->first_key_word = first_key_word(spec);
      complete(registered->spec, family);
      add_entry({.spec = &registered->spec, .number = registered->number, .registered = registered.get()});
      owned_.push_back(std::move(registered));
    }
  }

  // Settles name, subcommand and arity of the request that `range` denotes in `words`, and hashes its first key.
  // `range` must not be empty.
  Command resolve(Words words, WordRange range, const base::KeyHasher& hasher) const;

  // A command by its name, a subcommand by "container|name"; nothing if there is none.
  const CommandEntry* find(std::string_view name) const;
  // The entry for a request, down to the subcommand; nothing if either is unknown.
  const CommandEntry* find(Words request) const;

  // Every entry that is not a subcommand, in the order of addition.
  std::span<const CommandEntry* const> top_level() const { return top_level_; }
  // How many entries there are, subcommands included: the size of Statistics::by_command.
  std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }
  const CommandEntry& entry(std::uint32_t number) const { return entries_[number]; }

 private:
  static void complete(SpecFields& spec, const FamilyFacts& family) {
    if (spec.group.empty()) spec.group = family.group;
    if (spec.categories.empty()) spec.categories = family.categories;
  }
  // A key that a keyword precedes may stand anywhere.
  static std::uint32_t first_key_word(const SpecFields& spec) {
    if (spec.keys.count == 0 || !spec.keys.items[0].keyword.empty()) return 0;
    return static_cast<std::uint32_t>(spec.keys.items[0].index + (spec.keys.items[0].is_counted ? 1 : 0));
  }
  std::uint32_t next_number() const { return static_cast<std::uint32_t>(entries_.size()); }
  void add_entry(CommandEntry entry);
  CommandEntry& create_container(std::string_view name, const SpecFields& first_subcommand);

  std::deque<CommandEntry> entries_;  // addresses stay
  std::vector<std::shared_ptr<void>> owned_;
  std::vector<const CommandEntry*> top_level_;
  CommandNames by_name_;
};

// The error that a request of unknown name gets; quotes its first words.
std::string unknown_command_error(Words request);

}  // namespace sluice::dispatch
