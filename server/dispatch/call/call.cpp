#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "server/base/clock.hpp"
#include "server/base/text.hpp"
#include "server/dispatch/call/context_factory.hpp"
#include "server/dispatch/call/frame.hpp"
#include "server/dispatch/clients/client_limits.hpp"
#include "server/dispatch/clients/monitors.hpp"
#include "server/dispatch/clients/watch_table.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/dispatch/requests/command_registry.hpp"

// One command, from the gates to those who are told of it.
namespace sluice::dispatch {

namespace {

constexpr std::string_view no_memory = "OOM Insufficient memory, failed allocating memory for the command";

std::string rejection_line(const InvalidCommand& command, Words words) {
  switch (command.reason) {
    case InvalidCommand::Reason::unknown_command:
      return unknown_command_error(words);
    case InvalidCommand::Reason::unknown_subcommand:
      return "ERR unknown subcommand '" + std::string(base::excerpt(words[1])) + "'. Try " +
             std::string(command.spec->name) + " HELP.";
    case InvalidCommand::Reason::wrong_arity:
      return wrong_arity(command.spec->name).line();
    case InvalidCommand::Reason::protocol_error:
      return std::string(words[0]);
    case InvalidCommand::Reason::foreign_protocol:
      break;
  }
  return {};
}

// What the changes that a request asks for may allocate: every word twice, as part of an element and of what tells of
// it, with the headers, buckets and tree nodes of elements; and once the steps in which tables and trees grow.
std::size_t change_bytes_max(Words words) {
  constexpr std::size_t growth_bytes = 64UL * 1024;
  constexpr std::size_t overhead_bytes = 256;
  std::size_t bytes = growth_bytes;
  for (const std::string_view word : words) bytes += 2 * word.size() + overhead_bytes;
  return bytes;
}

bool is_to_be_queued(const SpecFields& spec, const Request& request) {
  return request.session.conversations.transaction != nullptr && request.origin == Origin::client &&
         !spec.flags.has(Flag::never_queued);
}

}  // namespace

// --- What a frame records

void Executor::Frame::begin_effects() {
  recording_ = {.changes = executor_.parts_.databases.ledger().changes,
                .effects = executor_.parts_.effects.begin_command(database_)};
}

void Executor::Frame::end_effects(const SpecFields& spec, const Request& request) {
  const bool may_change = spec.flags.has(Flag::write) || spec.flags.has(Flag::may_replicate);
  const bool is_changed = may_change && executor_.parts_.databases.ledger().changes != recording_->changes;
  executor_.parts_.effects.end_command(recording_->effects, database_, is_changed, request.words);
}

// --- The steps

Outcome Executor::call(const Command& command, const Request& request) {
  const std::size_t mark = request.reply.mark();
  try {
    return std::visit(
        [&](const auto& of_kind) {
          if constexpr (requires { of_kind.registered; }) {
            return call_kind(of_kind, request, mark);
          } else {
            return reject(of_kind, request);
          }
        },
        command);
  } catch (const std::bad_alloc&) {
    // Thrown by the steps around the command; execute() catches what the command itself throws.
    if (request.session.conversations.transaction) request.session.conversations.transaction->is_aborted = true;
    return fail_for_want_of_memory(request, mark);
  }
}

inline void Executor::account(const Frame& frame, const Request& request, std::uint32_t number, Outcome outcome) {
  ++request.session.figures.commands_processed;
  ++parts_.statistics.commands_processed;
  CommandStatistics& statistics = parts_.statistics.by_command[number];
  ++statistics.calls;
  if (outcome == Outcome::failed) ++statistics.failed_calls;
  const std::uint64_t now_ticks = base::read_ticks();
  statistics.ticks += now_ticks - frame.started_ticks();
  last_ticks_ = now_ticks;
}

template <class Context>
Outcome Executor::call_kind(const CommandOf<Context>& command, const Request& request, std::size_t mark) {
  const Spec<Context>& spec = command.registered->spec;
  request.session.figures.last_command = &spec;
  if (may_be_refused(request.session, spec, parts_.state)) [[unlikely]] {
    if (const auto refusal = ask_gates(spec, request)) {
      ++parts_.statistics.by_command[command.registered->number].rejected_calls;
      return refuse(spec, refusal->line(), request);
    }
  }
  if (is_to_be_queued(spec, request)) [[unlikely]]
    return queue(command, spec, request);
  Frame frame(*this, request);
  const Outcome outcome = execute(command, request, mark);
  frame.record_effects(spec, request);
  if (outcome != Outcome::waiting) [[likely]]
    account(frame, request, command.registered->number, outcome);
  if (request.session.conversations.tracking || !parts_.monitors.empty()) [[unlikely]]
    tell_observers(spec, request);
  return outcome;
}

std::optional<Refusal> Executor::ask_gates(const SpecFields& spec, const Request& request) {
  auto& conditions = parts_.state.conditions;
  if (conditions.has(Condition::bounded_memory) && may_grow_memory(request.session, spec)) {
    conditions.set(Condition::memory_full, parts_.databases.memory_bytes() > parts_.settings.maxmemory);
  }
  return find_refusal({.session = request.session,
                       .spec = spec,
                       .words = request.words,
                       .origin = request.origin,
                       .settings = parts_.settings,
                       .state = parts_.state});
}

template <class Context>
Outcome Executor::execute(const CommandOf<Context>& command, const Request& request, std::size_t mark) {
  try {
    if (command.registered->spec.flags.has(Flag::several_changes)) return run_reserved(command, request);
    return run_on_context(command, request);
  } catch (const CommandError& error) {
    reply_error(error.line(), request.reply, mark);
    return Outcome::failed;
  } catch (const std::bad_alloc&) {
    return fail_for_want_of_memory(request, mark);
  }
}

template <class Context>
Outcome Executor::run_reserved(const CommandOf<Context>& command, const Request& request) {
  const base::MemoryReserve::Use reserved(memory_reserve_, change_bytes_max(request.words));
  try {
    return run_on_context(command, request);
  } catch (const std::bad_alloc&) {
    // The changes needed more than all foresight: some of them may have been made.
    if (memory_reserve_.is_spent()) parts_.effects.lose();
    throw;
  }
}

Outcome Executor::fail_for_want_of_memory(const Request& request, std::size_t mark) noexcept {
  try {
    reply_error(no_memory, request.reply, mark);
  } catch (const std::bad_alloc&) {
    request.session.lose();
  }
  return Outcome::failed;
}

template <class Context>
Outcome Executor::run_on_context(const CommandOf<Context>& command, const Request& request) {
  if constexpr (std::is_base_of_v<DataContext, Context>) {
    parts_.databases.set_access_counting(!request.session.chosen.no_touch);
  }
  const KeyHashing hashing{parts_.hasher, command.first_key_hash, command.registered->first_key(request.words)};
  if constexpr (std::is_same_v<Context, TransactionContext>) {
    auto context = ContextFactory<Context>::make(parts_, request, hashing, *this);
    command.registered->spec.run(request.words, context);
  } else {
    auto context = ContextFactory<Context>::make(parts_, request, hashing);
    command.registered->spec.run(request.words, context);
    if constexpr (std::is_same_v<Context, BlockingContext>) {
      if (context.wait) {
        park(command, request, std::move(*context.wait));
        return Outcome::waiting;
      }
    }
  }
  return Outcome::done;
}

// A command that is retried was shown when it was parked.
void Executor::tell_observers(const SpecFields& spec, const Request& request) {
  Session& session = request.session;
  if (session.conversations.tracking) parts_.observer.on_executed(session, spec, request.words);
  if (!parts_.monitors.empty() && !request.is_retry)
    parts_.monitors.show(session, spec, request.words, parts_.clock.now_us());
}

void Executor::reply_error(std::string_view line, protocol::ReplyWriter& reply, std::size_t mark) {
  parts_.statistics.count_error(line.substr(0, line.find(' ')));
  reply.rewind(mark);
  reply.error(line);
}

// --- Commands that do not run

Outcome Executor::refuse(const SpecFields& spec, std::string_view line, const Request& request) {
  Session& session = request.session;
  if (session.conversations.transaction) session.conversations.transaction->is_aborted = true;
  if (!spec.flags.has(Flag::ends_transaction)) {
    reply_error(line, request.reply, request.reply.mark());
    return Outcome::refused;
  }
  session.conversations.transaction.reset();
  parts_.watches.unwatch(session);
  if (line.starts_with("ERR ")) line.remove_prefix(4);
  const std::string reason = "EXECABORT Transaction discarded because of: " + std::string(line);
  reply_error(reason, request.reply, request.reply.mark());
  return Outcome::refused;
}

Outcome Executor::reject(const InvalidCommand& command, const Request& request) {
  Session& session = request.session;
  if (command.reason == InvalidCommand::Reason::foreign_protocol) {
    parts_.limits.on_foreign_protocol(session);
    return Outcome::refused;
  }
  const bool is_known = command.reason == InvalidCommand::Reason::wrong_arity;
  session.figures.last_command = is_known ? command.spec : nullptr;
  if (command.spec != nullptr) ++parts_.statistics.by_command[command.number].rejected_calls;
  if (command.reason == InvalidCommand::Reason::protocol_error) session.place.is_closing = true;
  const std::string line = rejection_line(command, request.words);
  if (is_known) return refuse(*command.spec, line, request);
  if (session.conversations.transaction) session.conversations.transaction->is_aborted = true;
  reply_error(line, request.reply, request.reply.mark());
  return Outcome::refused;
}

// --- Transactions

Outcome Executor::queue(const Command& command, const SpecFields& spec, const Request& request) {
  Transaction& transaction = *request.session.conversations.transaction;
  if (spec.flags.has(Flag::no_multi)) {
    transaction.is_aborted = true;
    reply_error("ERR Command not allowed inside a transaction", request.reply, request.reply.mark());
    return Outcome::refused;
  }
  // EXEC will refuse: the commands that come now need not be kept.
  if (!transaction.is_aborted && !request.session.conversations.has_stale_watch) {
    const OwnedRequest& queued = transaction.queued.emplace_back(command, request.words);
    transaction.memory_bytes += sizeof(OwnedRequest) + queued.memory_bytes();
    transaction.may_grow_memory |= spec.flags.has(Flag::deny_oom);
    parts_.limits.on_queued(request.session);
  }
  request.reply.simple("QUEUED");
  return Outcome::queued;
}

void Executor::run_queued(Session& session, const Transaction& transaction, protocol::ReplyWriter& reply) {
  const SpecFields* const last_command = session.figures.last_command;
  for (const OwnedRequest& queued : transaction.queued) {
    call(queued.command(), {session, queued.words(), reply, Origin::transaction});
  }
  session.figures.last_command = last_command;
}

}  // namespace sluice::dispatch
