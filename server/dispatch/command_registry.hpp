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
#include "server/dispatch/command.hpp"
#include "server/dispatch/command_names.hpp"

namespace sluice::dispatch {

// A name that the registry knows: a command, a subcommand, or a container that is nothing but its subcommands.
struct CommandEntry {
  const SpecFields* spec = nullptr;
  std::uint32_t number = 0;  // its place in Statistics::by_command
  std::variant<std::monostate, const Registered<DataContext>*, const Registered<BlockingContext>*,
               const Registered<SessionContext>*, const Registered<TransactionContext>*,
               const Registered<PubSubContext>*, const Registered<AdminContext>*>
      registered;
  std::vector<const CommandEntry*> subcommands;

  bool is_container() const { return std::holds_alternative<std::monostate>(registered); }
};

// All commands by name, in any case. Filled when the server is put together; afterwards any thread may read it.
class CommandRegistry {
 public:
  // Adds a family's list. A subcommand makes its container unless that is a command of its own, which must come first.
  template <class Context>
  void add(std::span<const Spec<Context>> family) {
    for (const Spec<Context>& spec : family) {
      auto registered = std::make_shared<Registered<Context>>(Registered<Context>{spec, next_number()});
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
