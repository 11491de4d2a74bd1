#include "server/dispatch/executor.hpp"

#include <type_traits>
#include <variant>

#include "server/base/text.hpp"
#include "server/dispatch/command_error.hpp"
#include "server/dispatch/command_registry.hpp"
#include "server/dispatch/gates.hpp"

namespace sluice::dispatch {

namespace {

bool has_stopped(const Batch& batch) {
  return batch.is_finished() || batch.replies.size() >= Batch::replies_bytes_max;
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
      return "ERR unknown subcommand '" + std::string(words[1].substr(0, 128)) + "'. Try " +
             std::string(command.spec->name) + " HELP.";
    case InvalidCommand::Reason::wrong_arity:
      return wrong_arity(command.spec->name).line();
    case InvalidCommand::Reason::protocol_error:
      return std::string(command.message);
  }
  return {};
}

}  // namespace

template <>
DataContext Executor::make_context(Session& session, protocol::ReplyWriter& reply, std::uint64_t first_key_hash) {
  return {parts_.databases,
          parts_.databases[static_cast<std::size_t>(session.database)],
          session.database,
          parts_.clock,
          parts_.settings,
          parts_.statistics,
          reply,
          {parts_.hasher, first_key_hash}};
}

template <>
SessionContext Executor::make_context(Session& session, protocol::ReplyWriter& reply, std::uint64_t first_key_hash) {
  return {session, parts_.clock, parts_.settings, reply, {parts_.hasher, first_key_hash}};
}

template <>
AdminContext Executor::make_context(Session& session, protocol::ReplyWriter& reply, std::uint64_t first_key_hash) {
  return {session,
          parts_.databases,
          parts_.clock,
          parts_.settings,
          parts_.statistics,
          parts_.clients,
          parts_.commands,
          parts_.config,
          parts_.server,
          reply,
          {parts_.hasher, first_key_hash}};
}

void Executor::run(std::span<Batch* const> batches) {
  last_ticks_ = base::read_ticks();
  Group group;
  std::size_t batch_index = 0;
  Next at{.batch = batches.empty() ? nullptr : batches[0], .command = batches.empty() ? 0 : batches[0]->next_command};
  while (const std::size_t count = take_group(batches, at, batch_index, group)) {
    const std::span<const Next> taken(group.data(), count);
    // A prefetch pays only when there is other work to do meanwhile.
    if (count > 1) prefetch(taken);
    for (const Next& next : taken) {
      if (!has_stopped(*next.batch) && !is_held(*next.batch)) run_command(*next.batch);
    }
  }
}

std::size_t Executor::take_group(std::span<Batch* const> batches, Next& at, std::size_t& batch_index, Group& group) {
  std::size_t count = 0;
  while (count < group.size() && batch_index < batches.size()) {
    if (at.command < at.batch->commands.size()) {
      group[count++] = {at.batch, at.command++};
    } else if (++batch_index < batches.size()) {
      at = {batches[batch_index], batches[batch_index]->next_command};
    }
  }
  return count;
}

void Executor::prefetch(std::span<const Next> group) const {
  const auto for_each_key = [&](auto&& act) {
    for (const Next& next : group) {
      const auto* data = std::get_if<DataCommand>(&next.batch->commands[next.command]);
      if (data == nullptr || data->registered->spec.keys.count == 0) continue;
      act(parts_.databases[static_cast<std::size_t>(next.batch->session->database)], data->first_key_hash);
    }
  };
  for_each_key([](const store::Keyspace& keyspace, std::uint64_t hash) { keyspace.prefetch_bucket(hash); });
  for_each_key([](const store::Keyspace& keyspace, std::uint64_t hash) { keyspace.prefetch_entry(hash); });
}

bool Executor::is_held(const Batch& batch) const {
  if (pause_ == PauseMode::none) [[likely]]
    return false;
  if (batch.is_finished() || batch.session->is_closing) return false;
  if (pause_ == PauseMode::all) return true;
  const SpecFields* spec = spec_of(batch.commands[batch.next_command]);
  return spec != nullptr && (spec->flags.has(Flag::write) || spec->flags.has(Flag::may_replicate));
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
  std::visit(
      [&](const auto& of_kind) {
        if constexpr (requires { of_kind.registered; }) {
          run_kind(of_kind, batch, reply);
        } else {
          reject(of_kind, batch, reply);
        }
      },
      command);
  if (session.reply_mode != ReplyMode::on) [[unlikely]]
    apply_reply_mode(session, reply, mark);
  if (session.is_closing) [[unlikely]]
    batch.closes_connection = true;
}

template <class Context>
void Executor::run_kind(const CommandOf<Context>& command, Batch& batch, protocol::ReplyWriter& reply) {
  Session& session = *batch.session;
  const Spec<Context>& spec = command.registered->spec;
  CommandStatistics& statistics = parts_.statistics.by_command[command.registered->number];
  const std::size_t mark = reply.mark();
  session.last_command = &spec;
  if (const auto refusal = find_refusal({session, spec, parts_.settings, parts_.databases})) [[unlikely]] {
    ++statistics.rejected_calls;
    reply_error(*refusal, reply, mark);
    return;
  }
  ++session.commands_processed;
  ++parts_.statistics.commands_processed;
  if constexpr (std::is_same_v<Context, DataContext>) parts_.databases.set_access_counting(!session.no_touch);
  try {
    auto context = make_context<Context>(session, reply, command.first_key_hash);
    spec.run(batch.words_of(command.words), context);
  } catch (const CommandError& error) {
    ++statistics.failed_calls;
    reply_error(error.line(), reply, mark);
  }
  const std::uint64_t now_ticks = base::read_ticks();
  ++statistics.calls;
  statistics.ticks += now_ticks - last_ticks_;
  last_ticks_ = now_ticks;
}

void Executor::reject(const InvalidCommand& command, Batch& batch, protocol::ReplyWriter& reply) {
  const bool is_known = command.reason == InvalidCommand::Reason::wrong_arity;
  batch.session->last_command = is_known ? command.spec : nullptr;
  if (command.spec != nullptr) ++parts_.statistics.by_command[command.number].rejected_calls;
  if (command.reason == InvalidCommand::Reason::protocol_error) batch.closes_connection = true;
  reply_error(rejection_line(command, batch.words_of(command.words)), reply, reply.mark());
}

void Executor::reply_error(std::string_view line, protocol::ReplyWriter& reply, std::size_t mark) {
  parts_.statistics.count_error(line.substr(0, line.find(' ')));
  reply.rewind(mark);
  reply.error(line);
}

void Executor::apply_reply_mode(Session& session, protocol::ReplyWriter& reply, std::size_t mark) {
  reply.rewind(mark);
  // SKIP hides its own reply and that of the command after it.
  if (session.reply_mode == ReplyMode::skip_next) {
    session.reply_mode = ReplyMode::skip_this;
  } else if (session.reply_mode == ReplyMode::skip_this) {
    session.reply_mode = ReplyMode::on;
  }
}

}  // namespace sluice::dispatch
