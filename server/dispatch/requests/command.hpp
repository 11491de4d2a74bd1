#pragma once

#include <cstdint>
#include <variant>

#include "server/dispatch/requests/spec.hpp"

namespace sluice::dispatch {

struct DataContext;
struct BlockingContext;
struct SessionContext;
struct TransactionContext;
struct PubSubContext;
struct AdminContext;

// A command as the registry holds it: its spec and the number under which its statistics are kept.
template <class Context>
struct RegisteredCommand {
  Spec<Context> spec;
  std::uint32_t number = 0;
  std::uint32_t first_key_word =
      0;  // where the first key stands among the words; 0 if that depends on them, or is none

  const std::string_view* first_key(Words words) const {
    return first_key_word == 0 || first_key_word >= words.size() ? nullptr : &words[first_key_word];
  }
};

// Which words of its batch a command has.
struct WordRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

// A resolved request of one kind: name and arity are settled, the first key is hashed.
template <class Context>
struct CommandOf {
  const RegisteredCommand<Context>* registered = nullptr;
  WordRange words;
  std::uint64_t first_key_hash = 0;
};

using DataCommand = CommandOf<DataContext>;                // reads and changes the data
using BlockingCommand = CommandOf<BlockingContext>;        // likewise, and may wait
using SessionCommand = CommandOf<SessionContext>;          // reads and changes what belongs to its own connection
using TransactionCommand = CommandOf<TransactionContext>;  // opens, runs or drops its connection's queue
using PubSubCommand = CommandOf<PubSubContext>;            // subscribes, publishes
using AdminCommand = CommandOf<AdminContext>;              // sees the whole server

// A request that can only be answered with an error; it keeps its place in the order of replies.
struct InvalidCommand {
  enum class Reason : std::uint8_t {
    unknown_command,
    unknown_subcommand,
    wrong_arity,
    protocol_error,
    foreign_protocol,  // a line of HTTP, which a web page may have had a browser send: gets no answer
  };
  const SpecFields* spec = nullptr;  // unknown_subcommand: the container; wrong_arity: the command
  WordRange words;                   // protocol_error: one, the line to answer with; the connection ends after it
  std::uint32_t number = 0;          // of the command, where spec is not null
  Reason reason = Reason::unknown_command;
};

// The closed set of kinds. The set of commands stays open: a family's list is all that names a command.
using Command = std::variant<DataCommand, BlockingCommand, SessionCommand, TransactionCommand, PubSubCommand,
                             AdminCommand, InvalidCommand>;
// A pipeline's commands are written by the connection and read by the manager: what they take up counts.
static_assert(sizeof(Command) == 32);

}  // namespace sluice::dispatch
