#include "server/dispatch/call/executor.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <type_traits>
#include <variant>

#include "server/base/text.hpp"
#include "server/dispatch/call/gates.hpp"
#include "server/dispatch/clients/client_limits.hpp"
#include "server/dispatch/clients/conversations.hpp"
#include "server/dispatch/clients/monitors.hpp"
#include "server/dispatch/clients/watch_table.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/dispatch/requests/command_registry.hpp"

namespace sluice::dispatch {

namespace {

bool has_stopped(const Batch& batch) {
  return batch.is_finished() || batch.is_waiting || batch.replies.size() >= Batch::replies_bytes_max;
}

const SpecFields* spec_of(const Command& command) {
  return std::visit(
      [](const auto& of_kind) -> const SpecFields* {
        if constexpr (requires { of_kind.registered; }) {
          return &of_kind.registered->spec;
        } else {
          return nullptr;
        }
      },
      command);
}

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
  }
  return {};
}

}  // namespace

DataContext Executor::make_data_context(const Request& request, std::uint64_t first_key_hash) {
  const int database = request.session.database;
  return {parts_.databases, parts_.databases[static_cast<std::size_t>(database)],
          database,         parts_.clock,
          parts_.settings,  parts_.statistics,
          request.reply,    {parts_.hasher, first_key_hash},
          parts_.events};
}

template <>
DataContext Executor::make_context(const Request& request, std::uint64_t first_key_hash) {
  return make_data_context(request, first_key_hash);
}

template <>
BlockingContext Executor::make_context(const Request& request, std::uint64_t first_key_hash) {
  return {make_data_context(request, first_key_hash), request.session, request.may_wait};
}

template <>
SessionContext Executor::make_context(const Request& request, std::uint64_t first_key_hash) {
  return {request.session, parts_.clock, parts_.settings, request.reply, {parts_.hasher, first_key_hash}};
}

template <>
TransactionContext Executor::make_context(const Request& request, std::uint64_t first_key_hash) {
  return {request.session, parts_.watches, *this, request.reply, {parts_.hasher, first_key_hash}};
}

template <>
PubSubContext Executor::make_context(const Request& request, std::uint64_t first_key_hash) {
  return {request.session, parts_.broker, request.reply, {parts_.hasher, first_key_hash}, !request.may_wait};
}

template <>
AdminContext Executor::make_context(const Request& request, std::uint64_t first_key_hash) {
  return {parts_, request.session, request.reply, {parts_.hasher, first_key_hash}, !request.may_wait};
}

void Executor::run(std::span<Batch* const> batches) {
  last_ticks_ = base::read_ticks();
  line_up(batches);
  for (std::span<const Upcoming> rest(upcoming_); !rest.empty();) {
    const auto group = rest.first(std::min(rest.size(), group_size_max));
    // A prefetch pays only when there is other work to do meanwhile.
    if (group.size() > 1) prefetch(group);
    for (const Upcoming& next : group) {
      if (!has_stopped(*next.batch) && !is_held(*next.batch)) run_command(*next.batch);
    }
    rest = rest.subspan(group.size());
  }
  parts_.clients.set_executing(nullptr);
  parts_.observer.on_pause();
}

// Writes down the commands that `batches` have left, with where to find their keys, and bounds their replies.
void Executor::line_up(std::span<Batch* const> batches) {
  upcoming_.clear();
  for (Batch* batch : batches) {
    const store::Keyspace& keyspace = parts_.databases[static_cast<std::size_t>(batch->session->database)];
    batch->replies.set_bytes_max(parts_.limits.reply_bytes_max(*batch->session));
    for (std::size_t index = batch->next_command; index < batch->commands.size(); ++index) {
      const auto* data = std::get_if<DataCommand>(&batch->commands[index]);
      const bool has_key = data != nullptr && data->registered->spec.keys.count > 0;
      upcoming_.push_back({batch, has_key ? &keyspace : nullptr, has_key ? data->first_key_hash : 0});
    }
  }
}

void Executor::prefetch(std::span<const Upcoming> group) {
  std::array<std::uint64_t, group_size_max> hashes;
  for (auto next = group.begin(); next != group.end();) {
    const store::Keyspace* const keyspace = next->keyspace;
    std::size_t count = 0;
    for (; next != group.end() && next->keyspace == keyspace; ++next) {
      // A run of commands on one key needs it once.
      if (count == 0 || hashes[count - 1] != next->key_hash) hashes[count++] = next->key_hash;
    }
    if (keyspace != nullptr) keyspace->prefetch(std::span(hashes).first(count));
  }
}

void Executor::set_pause(PauseMode mode) {
  pause_ = mode;
  parts_.databases.set_removing_expired(mode == PauseMode::none);
}

bool Executor::is_held(const Batch& batch) const {
  if (pause_ == PauseMode::none) [[likely]]
    return false;
  if (batch.is_finished() || batch.session->is_closing) return false;
  if (pause_ == PauseMode::all) return true;
  const Command& next = batch.commands[batch.next_command];
  const SpecFields* spec = spec_of(next);
  if (spec == nullptr) return false;
  const auto writes = [](const SpecFields& each) {
    return each.flags.has(Flag::write) || each.flags.has(Flag::may_replicate);
  };
  const Transaction* transaction = batch.session->transaction.get();
  const bool runs_writes = std::holds_alternative<TransactionCommand>(next) && transaction != nullptr &&
                           std::ranges::any_of(transaction->queued, [&](const OwnedRequest& queued) {
                             return writes(*spec_of(queued.command()));
                           });
  return runs_writes || writes(*spec);
}

void Executor::run_command(Batch& batch) {
  Session& session = *batch.session;
  // Killed while the batch was on its way.
  if (session.is_closing) [[unlikely]] {
    batch.closes_connection = true;
    return;
  }
  protocol::ReplyWriter reply(batch.replies, session.protocol);
  const std::size_t mark = reply.mark();
  const Command& command = batch.commands[batch.next_command++];
  const WordRange range = std::visit([](const auto& of_kind) { return of_kind.words; }, command);
  session.is_executing = true;
  execute(command, {session, batch.words_of(range), reply});
  session.is_executing = false;
  if (session.tracking) [[unlikely]]
    parts_.observer.on_request_ended(session);
  // Whoever is parked gets the reply later.
  if (session.reply_mode != ReplyMode::on && !session.parked) [[unlikely]]
    apply_reply_mode(batch, mark);
  if (!session.deferred_pushes.empty()) [[unlikely]]
    session.push_deferred();
  if (batch.replies.has_overflowed()) [[unlikely]]
    end_overflowed(batch);
  if (session.is_closing) [[unlikely]]
    batch.closes_connection = true;
  if (parts_.blocked.has_ready()) [[unlikely]]
    serve_ready_keys();
}

// Its connection gets none of the replies: they are not whole.
void Executor::end_overflowed(Batch& batch) {
  parts_.limits.on_overflow(*batch.session);
  batch.drop_replies();
}

void Executor::execute(const Command& command, const Request& request) {
  std::visit(
      [&](const auto& of_kind) {
        if constexpr (requires { of_kind.registered; }) {
          run_kind(of_kind, request);
        } else {
          reject(of_kind, request);
        }
      },
      command);
}

template <class Context>
void Executor::run_kind(const CommandOf<Context>& command, const Request& request) {
  Session& session = request.session;
  const Spec<Context>& spec = command.registered->spec;
  CommandStatistics& statistics = parts_.statistics.by_command[command.registered->number];
  const std::size_t mark = request.reply.mark();
  session.last_command = &spec;
  // What a transaction runs was let in when it was queued.
  if (request.may_wait) [[likely]] {
    const GateQuestion question{session, spec, parts_.settings, parts_.databases};
    if (may_be_refused(question)) [[unlikely]] {
      if (const auto refusal = find_refusal(question)) {
        ++statistics.rejected_calls;
        return refuse(spec, *refusal, request);
      }
    }
  }
  if (session.transaction && !spec.flags.has(Flag::never_queued)) [[unlikely]]
    return take_into_transaction(command, spec, request);
  parts_.clients.set_executing(&session);
  try {
    invoke(command, request);
  } catch (const CommandError& error) {
    ++statistics.failed_calls;
    reply_error(error.line(), request.reply, mark);
  }
  // One that waits counts when it goes on.
  if (!session.parked) [[likely]]
    count_processed(session);
  if (session.tracking) [[unlikely]]
    parts_.observer.on_executed(session, spec, request.words);
  if (!parts_.monitors.empty()) [[unlikely]]
    parts_.monitors.show(session, spec, request.words, parts_.clock.now_us());
  const std::uint64_t now_ticks = base::read_ticks();
  ++statistics.calls;
  statistics.ticks += now_ticks - last_ticks_;
  last_ticks_ = now_ticks;
}

template <class Context>
void Executor::invoke(const CommandOf<Context>& command, const Request& request) {
  constexpr bool reads_data = std::is_base_of_v<DataContext, Context>;
  if constexpr (reads_data) parts_.databases.set_access_counting(!request.session.no_touch);
  auto context = make_context<Context>(request, command.first_key_hash);
  command.registered->spec.run(request.words, context);
  if constexpr (std::is_same_v<Context, BlockingContext>) {
    if (context.wait) park(command, request, std::move(*context.wait));
  }
}

void Executor::refuse(const SpecFields& spec, std::string_view line, const Request& request) {
  Session& session = request.session;
  if (session.transaction) session.transaction->is_aborted = true;
  if (!spec.flags.has(Flag::ends_transaction)) return reply_error(line, request.reply, request.reply.mark());
  session.transaction.reset();
  parts_.watches.unwatch(session);
  if (line.starts_with("ERR ")) line.remove_prefix(4);
  const std::string reason = "EXECABORT Transaction discarded because of: " + std::string(line);
  reply_error(reason, request.reply, request.reply.mark());
}

void Executor::reject(const InvalidCommand& command, const Request& request) {
  Session& session = request.session;
  const bool is_known = command.reason == InvalidCommand::Reason::wrong_arity;
  session.last_command = is_known ? command.spec : nullptr;
  if (command.spec != nullptr) ++parts_.statistics.by_command[command.number].rejected_calls;
  if (command.reason == InvalidCommand::Reason::protocol_error) session.is_closing = true;
  const std::string line = rejection_line(command, request.words);
  if (is_known) return refuse(*command.spec, line, request);
  if (session.transaction) session.transaction->is_aborted = true;
  reply_error(line, request.reply, request.reply.mark());
}

// --- Transactions

void Executor::take_into_transaction(const Command& command, const SpecFields& spec, const Request& request) {
  Transaction& transaction = *request.session.transaction;
  if (spec.flags.has(Flag::no_multi)) {
    transaction.is_aborted = true;
    return reply_error("ERR Command not allowed inside a transaction", request.reply, request.reply.mark());
  }
  // EXEC will refuse: what comes now need not be kept.
  if (!transaction.is_aborted && !request.session.has_stale_watch) {
    const OwnedRequest& queued = transaction.queued.emplace_back(command, request.words);
    transaction.memory_bytes += sizeof(OwnedRequest) + queued.memory_bytes();
    transaction.may_grow_memory |= spec.flags.has(Flag::deny_oom);
    parts_.limits.on_queued(request.session);
  }
  request.reply.simple("QUEUED");
}

void Executor::run_queued(Session& session, const Transaction& transaction, protocol::ReplyWriter& reply) {
  const SpecFields* const last_command = session.last_command;
  for (const OwnedRequest& queued : transaction.queued) {
    execute(queued.command(), {session, queued.words(), reply, false});
  }
  session.last_command = last_command;
}

// --- Waiting

void Executor::park(const CommandOf<BlockingContext>& command, const Request& request, BlockingContext::Wait wait) {
  Session& session = request.session;
  const std::int64_t deadline_ms = wait.timeout_ms == 0 ? 0 : parts_.clock.now_ms() + wait.timeout_ms;
  parts_.blocked.park(session, {.request = OwnedRequest(command, request.words),
                                .database = session.database,
                                .type = wait.type,
                                .keys = std::move(wait.keys),
                                .deadline_ms = deadline_ms});
  session.batch->is_waiting = true;
}

// Runs the commands of those who wait for keys that have become ready, and of those for whom that makes others ready.
void Executor::serve_ready_keys() {
  while (parts_.blocked.has_ready()) {
    const BlockedClients::ReadyKey ready = parts_.blocked.take_ready();
    store::Keyspace& keyspace = parts_.databases[static_cast<std::size_t>(ready.first)];
    const store::Key key = keyspace.key_of(ready.second);
    std::uint64_t arrival = 0;
    while (const store::Entry* entry = keyspace.peek(key)) {
      Session* session = parts_.blocked.next_waiting(ready, arrival);
      if (session == nullptr) break;
      if (entry->type() == session->parked->type) retry(*session);
    }
  }
}

void Executor::retry(Session& session) {
  const OwnedRequest& owned = session.parked->request;
  const auto& command = std::get<BlockingCommand>(owned.command());
  protocol::ReplyBuffer buffer;
  buffer.set_bytes_max(parts_.limits.reply_bytes_max(session));
  protocol::ReplyWriter reply(buffer, session.protocol);
  const Request request{session, owned.words(), reply};
  auto context = make_context<BlockingContext>(request, command.first_key_hash);
  // What it changes is its session's doing, which is told of it behind the reply.
  Session* const waker = parts_.clients.executing();
  parts_.clients.set_executing(&session);
  session.is_executing = true;
  try {
    command.registered->spec.run(request.words, context);
  } catch (const CommandError& error) {
    reply_error(error.line(), reply, 0);
  }
  session.is_executing = false;
  if (buffer.has_overflowed() && session.reply_mode == ReplyMode::on) parts_.limits.on_overflow(session);
  if (!context.wait) {
    count_processed(session);
    parts_.blocked.release(session, std::make_shared<const std::string>(buffer.view()));
  }
  session.push_deferred();
  parts_.clients.set_executing(waker);
}

void Executor::count_processed(Session& session) {
  ++session.commands_processed;
  ++parts_.statistics.commands_processed;
}

std::size_t Executor::reclaim_expired(std::size_t count_max) {
  const std::size_t count = parts_.databases.reclaim_expired(count_max);
  if (count > 0) parts_.observer.on_pause();
  return count;
}

void Executor::end_due_waits() {
  while (Session* session = parts_.blocked.find_due(parts_.clock.now_ms())) parts_.blocked.time_out(*session);
}

void Executor::reply_error(std::string_view line, protocol::ReplyWriter& reply, std::size_t mark) {
  parts_.statistics.count_error(line.substr(0, line.find(' ')));
  reply.rewind(mark);
  reply.error(line);
}

void Executor::apply_reply_mode(Batch& batch, std::size_t mark) {
  Session& session = *batch.session;
  batch.replies.truncate(mark);
  // A batch whose replies have overflowed before does not come here.
  batch.replies.forget_overflow();
  // SKIP hides its own reply and that of the command after it.
  if (session.reply_mode == ReplyMode::skip_next) {
    session.reply_mode = ReplyMode::skip_this;
  } else if (session.reply_mode == ReplyMode::skip_this) {
    session.reply_mode = ReplyMode::on;
  }
}

}  // namespace sluice::dispatch
