#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "server/base/memory_reserve.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/call/gates.hpp"
#include "server/dispatch/call/lookahead.hpp"
#include "server/dispatch/call/request.hpp"
#include "server/dispatch/clients/batch.hpp"
#include "server/dispatch/clients/blocked_clients.hpp"
#include "server/dispatch/clients/conversations.hpp"
#include "server/dispatch/state/effects.hpp"
#include "server/dispatch/state/server_control.hpp"

namespace sluice::dispatch {

// Runs commands: those of batches, in order within a batch, and those of every other caller (see Origin). The
// manager's; one thread.
//
// What is thrown while a command runs becomes its error reply: a CommandError, or std::bad_alloc. Nothing else is
// expected, and nothing is swallowed. Commands check before they change, and a single change for which there is no
// memory changes nothing. A command of several changes (Flag::several_changes) begins only if memory for all of them is
// reserved: so it happens as a whole or not at all.
//
// executor.cpp runs batches, call.cpp a single command, waiting.cpp those that wait for keys.
class Executor final : private TransactionRunner {
 public:
  explicit Executor(const ServerParts& parts);

  // Runs each batch until it is finished, its replies have to be sent first, its time is over, or one of its commands
  // has to wait: for a key, or for the end of a pause (see is_paused). Memory that the next commands will need is
  // prefetched for a group of them at a time, across batches.
  void run(std::span<Batch* const> batches);

  // Runs one command, or queues or refuses it, and writes its reply unless it waits. Re-entrant: commands call
  // commands.
  Outcome call(const Command& command, const Request& request);

  // Whether the batch stopped before a command that the present pause holds back.
  bool is_paused(const Batch& batch) const;

  // Removes at most `count_max` of the keys whose time has come, and tells those who track them; returns how many.
  std::size_t reclaim_expired(std::size_t count_max);

  // Answers the blocked clients whose time is over.
  void end_due_waits();

  // Nothing changes during a pause: not even what has expired is removed, though nobody sees it.
  void set_pause(PauseMode mode);
  PauseMode pause() const { return pause_; }

 private:
  class Frame;

  bool has_to_stop(const Batch& batch) const;
  void run_next(Batch& batch);
  void end_overflowed(Batch& batch);
  void let_time_pass();
  static void apply_reply_mode(Batch& batch, std::size_t mark);

  // --- call.cpp; `mark` is where the reply begins
  template <class Context>
  Outcome call_kind(const CommandOf<Context>& command, const Request& request, std::size_t mark);
  std::optional<Refusal> ask_gates(const SpecFields& spec, const Request& request);
  Outcome queue(const Command& command, const SpecFields& spec, const Request& request);
  template <class Context>
  Outcome execute(const CommandOf<Context>& command, const Request& request, std::size_t mark);
  template <class Context>
  Outcome run_reserved(const CommandOf<Context>& command, const Request& request);
  template <class Context>
  Outcome run_on_context(const CommandOf<Context>& command, const Request& request);
  void account(const Frame& frame, const Request& request, std::uint32_t number, Outcome outcome);
  void tell_observers(const SpecFields& spec, const Request& request);
  Outcome refuse(const SpecFields& spec, std::string_view line, const Request& request);
  Outcome reject(const InvalidCommand& command, const Request& request);
  Outcome fail_for_want_of_memory(const Request& request, std::size_t mark) noexcept;
  void reply_error(std::string_view line, protocol::ReplyWriter& reply, std::size_t mark);
  void run_queued(Session& session, const Transaction& transaction, protocol::ReplyWriter& reply) override;

  // --- waiting.cpp
  void park(const CommandOf<BlockingContext>& command, const Request& request, BlockingContext::Wait wait);
  void serve_ready_keys();
  void serve(const DatabaseKey& ready);
  void retry(Session& session);

  ServerParts parts_;
  Lookahead lookahead_;
  PauseMode pause_ = PauseMode::none;
  base::MemoryReserve memory_reserve_;

  // Time in ticks of base::read_ticks(). The counter is read once a command, at its end; that is also where the next
  // one begins.
  const std::uint64_t ticks_per_ms_;
  std::uint64_t last_ticks_ = 0;           // when the last command ended
  std::uint64_t clock_ticks_ = 0;          // when the clock was last refreshed
  std::uint64_t batch_started_ticks_ = 0;  // of the batch whose commands run just now
};

}  // namespace sluice::dispatch
