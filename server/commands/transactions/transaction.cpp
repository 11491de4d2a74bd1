#include <array>
#include <memory>

#include "server/commands/transactions/register.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/clients/conversations.hpp"
#include "server/dispatch/clients/watch_table.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::transactions {

using namespace dispatch;

namespace {

constexpr Flags transaction_flags = Flag::noscript | Flag::loading | Flag::stale | Flag::fast | Flag::allow_busy;

// MULTI
// From here on commands are queued instead of run. A second MULTI is refused but does not spoil the transaction.
struct Multi {
  static constexpr Spec<TransactionContext> spec{{.name = "MULTI",
                                                  .arity = 1,
                                                  .flags = transaction_flags | Flag::never_queued,
                                                  .since = "1.2.0",
                                                  .summary = "Opens a transaction.",
                                                  .complexity = "O(1)"}};

  void execute(TransactionContext& ctx) const {
    if (ctx.session.conversations.transaction) throw CommandError("ERR MULTI calls can not be nested");
    ctx.session.conversations.transaction = std::make_unique<Transaction>();
    ctx.reply.ok();
  }
};

// EXEC
// The transaction is over in every case, and no key is watched any more.
struct Exec {
  static constexpr Spec<TransactionContext> spec{{.name = "EXEC",
                                                  .arity = 1,
                                                  .flags = Flag::noscript | Flag::loading | Flag::stale |
                                                           Flag::skip_slowlog | Flag::never_queued |
                                                           Flag::ends_transaction,
                                                  .since = "1.2.0",
                                                  .summary = "Runs all commands of the transaction.",
                                                  .complexity = "Depends on commands in the transaction"}};

  void execute(TransactionContext& ctx) const {
    if (!ctx.session.conversations.transaction) throw CommandError("ERR EXEC without MULTI");
    const std::unique_ptr<Transaction> transaction = std::move(ctx.session.conversations.transaction);
    const bool is_unchanged = ctx.watches.is_unchanged(ctx.session);
    ctx.watches.unwatch(ctx.session);
    if (transaction->is_aborted) {
      throw CommandError("EXECABORT Transaction discarded because of previous errors.");
    }
    if (!is_unchanged) return ctx.reply.null_array();
    ctx.reply.array(transaction->queued.size());
    ctx.runner.run_queued(ctx.session, *transaction, ctx.reply);
  }
};

// DISCARD
struct Discard {
  static constexpr Spec<TransactionContext> spec{{.name = "DISCARD",
                                                  .arity = 1,
                                                  .flags = transaction_flags | Flag::never_queued,
                                                  .since = "2.0.0",
                                                  .summary = "Drops the transaction.",
                                                  .complexity = "O(N), when N is the number of queued commands"}};

  void execute(TransactionContext& ctx) const {
    if (!ctx.session.conversations.transaction) throw CommandError("ERR DISCARD without MULTI");
    ctx.session.conversations.transaction.reset();
    ctx.watches.unwatch(ctx.session);
    ctx.reply.ok();
  }
};

// WATCH key [key ...]
struct Watch {
  static constexpr Spec<TransactionContext> spec{
      {.name = "WATCH",
       .arity = -2,
       .flags = transaction_flags | Flag::never_queued,
       .keys = all_keys(KeyFlag::read_only),
       .since = "2.2.0",
       .summary = "Has the next transaction run only if the keys are not changed before.",
       .complexity = "O(1) for every key",
       .syntax = "key [key ...]"}};
  Words keys;

  void execute(TransactionContext& ctx) const {
    if (ctx.session.conversations.transaction) throw CommandError("ERR WATCH inside MULTI is not allowed");
    // The outcome is settled already.
    if (!ctx.session.conversations.has_stale_watch) {
      for (const std::string_view key : keys) ctx.watches.watch(ctx.session, ctx.session.chosen.database, key);
    }
    ctx.reply.ok();
  }
};

// UNWATCH
struct Unwatch {
  static constexpr Spec<TransactionContext> spec{{.name = "UNWATCH",
                                                  .arity = 1,
                                                  .flags = transaction_flags,
                                                  .since = "2.2.0",
                                                  .summary = "Watches nothing any more.",
                                                  .complexity = "O(1)"}};

  void execute(TransactionContext& ctx) const {
    ctx.watches.unwatch(ctx.session);
    ctx.reply.ok();
  }
};

}  // namespace

std::span<const Spec<TransactionContext>> transaction_commands() {
  static const std::array list{command<Multi>(), command<Exec>(), command<Discard>(), command<Watch>(),
                               command<Unwatch>()};
  return list;
}

}  // namespace sluice::commands::transactions
