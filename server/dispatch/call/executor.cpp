#include "server/dispatch/call/executor.hpp"

#include <algorithm>
#include <new>
#include <utility>
#include <variant>

#include "server/base/clock.hpp"
#include "server/dispatch/clients/client_limits.hpp"
#include "server/dispatch/clients/client_registry.hpp"

namespace sluice::dispatch {

namespace {

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

// While a session executes, what is pushed to it waits for the end of its command.
class Execution {
 public:
  explicit Execution(Session& session) : session_(session) { session_.place.is_executing = true; }
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;
  ~Execution() { session_.place.is_executing = false; }

 private:
  Session& session_;
};

}  // namespace

Executor::Executor(const ServerParts& parts)
    : parts_(parts), ticks_per_ms_(static_cast<std::uint64_t>(base::ticks_per_us() * 1000)) {}

void Executor::run(std::span<Batch* const> batches) {
  for (Batch* batch : batches) batch->replies.set_bytes_max(parts_.limits.reply_bytes_max(*batch->session));
  lookahead_.line_up(batches, parts_.databases);
  // The manager refreshed the clock just before.
  clock_ticks_ = last_ticks_ = base::read_ticks();
  const Batch* running = nullptr;
  for (auto group = lookahead_.next_group(); !group.empty(); group = lookahead_.next_group()) {
    for (const Upcoming& next : group) {
      if (next.batch != running) {
        running = next.batch;
        batch_started_ticks_ = last_ticks_;
      }
      if (!has_to_stop(*next.batch) && !is_paused(*next.batch)) run_next(*next.batch);
    }
  }
  parts_.observer.on_run_ended();
}

// A batch whose commands take long gives way to the others after one command at least; its connection hands it in
// again.
bool Executor::has_to_stop(const Batch& batch) const {
  constexpr std::uint64_t batch_ms_max = 2;
  return batch.is_finished() || batch.is_waiting || batch.replies.size() >= Batch::replies_bytes_max ||
         last_ticks_ - batch_started_ticks_ > batch_ms_max * ticks_per_ms_;
}

void Executor::run_next(Batch& batch) {
  Session& session = *batch.session;
  // Killed while the batch was on its way.
  if (session.place.is_closing) [[unlikely]] {
    batch.closes_connection = true;
    return;
  }
  protocol::ReplyWriter reply(batch.replies, session.chosen.protocol);
  const std::size_t mark = reply.mark();
  const Command& command = batch.commands[batch.next_command++];
  const WordRange range = std::visit([](const auto& of_kind) { return of_kind.words; }, command);
  {
    const Execution execution(session);
    call(command, {session, batch.words_of(range), reply});
  }
  if (session.conversations.tracking) [[unlikely]]
    parts_.observer.on_request_ended(session);
  // The reply of a parked command comes later, and so does its hiding.
  if (session.chosen.reply_mode != ReplyMode::on && !session.conversations.parked) [[unlikely]]
    apply_reply_mode(batch, mark);
  if (!session.place.deferred_pushes.empty()) [[unlikely]]
    session.push_deferred();
  if (batch.replies.has_overflowed()) [[unlikely]]
    end_overflowed(batch);
  if (session.place.is_closing) [[unlikely]]
    batch.closes_connection = true;
  if (parts_.blocked.has_ready()) [[unlikely]]
    serve_ready_keys();
  if (last_ticks_ - clock_ticks_ > ticks_per_ms_) [[unlikely]]
    let_time_pass();
}

// Commands behind one that took long see the time at which they run.
void Executor::let_time_pass() {
  parts_.clock.refresh();
  clock_ticks_ = last_ticks_;
}

// Its connection gets none of the replies: they are not whole.
void Executor::end_overflowed(Batch& batch) {
  parts_.limits.on_overflow(*batch.session);
  batch.drop_replies();
}

void Executor::apply_reply_mode(Batch& batch, std::size_t mark) {
  Session& session = *batch.session;
  batch.replies.truncate(mark);
  // A batch whose replies have overflowed before does not come here.
  batch.replies.forget_overflow();
  // SKIP hides its own reply and that of the command after it.
  if (session.chosen.reply_mode == ReplyMode::skip_next) {
    session.chosen.reply_mode = ReplyMode::skip_this;
  } else if (session.chosen.reply_mode == ReplyMode::skip_this) {
    session.chosen.reply_mode = ReplyMode::on;
  }
}

void Executor::set_pause(PauseMode mode) {
  pause_ = mode;
  parts_.databases.set_expired(mode == PauseMode::none ? store::Expired::remove : store::Expired::hide);
}

bool Executor::is_paused(const Batch& batch) const {
  if (pause_ == PauseMode::none) [[likely]]
    return false;
  if (batch.is_finished() || batch.session->place.is_closing) return false;
  if (pause_ == PauseMode::all) return true;
  const Command& next = batch.commands[batch.next_command];
  const SpecFields* spec = spec_of(next);
  if (spec == nullptr) return false;
  const auto writes = [](const SpecFields& each) {
    return each.flags.has(Flag::write) || each.flags.has(Flag::may_replicate);
  };
  const Transaction* transaction = batch.session->conversations.transaction.get();
  const bool runs_writes = std::holds_alternative<TransactionCommand>(next) && transaction != nullptr &&
                           std::ranges::any_of(transaction->queued, [&](const OwnedRequest& queued) {
                             return writes(*spec_of(queued.command()));
                           });
  return runs_writes || writes(*spec);
}

std::size_t Executor::reclaim_expired(std::size_t count_max) {
  const std::size_t count = parts_.databases.reclaim_expired(count_max);
  if (count == 0) return 0;
  if (parts_.blocked.has_ready()) serve_ready_keys();
  parts_.observer.on_run_ended();
  return count;
}

}  // namespace sluice::dispatch
