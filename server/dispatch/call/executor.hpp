#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/clients/batch.hpp"
#include "server/dispatch/clients/blocked_clients.hpp"
#include "server/dispatch/clients/conversations.hpp"
#include "server/dispatch/state/server_control.hpp"
#include "server/store/keyspace/keyspace.hpp"

namespace sluice::dispatch {

// Runs the commands of batches, in order within a batch, and writes their replies. The manager's; one thread.
class Executor final : private TransactionRunner {
 public:
  explicit Executor(const ServerParts& parts) : parts_(parts) {}

  // Runs each batch until it is finished, its replies have to be sent first, or one of its commands has to wait: for a
  // key, or for the end of a pause (see is_held). Memory that the next commands will need is prefetched for a group of
  // them at a time, across batches.
  void run(std::span<Batch* const> batches);

  // Whether the batch stopped before a command that the present pause holds back.
  bool is_held(const Batch& batch) const;

  // Removes at most `count_max` of the keys whose time has come, and tells those who track them; returns how many.
  std::size_t reclaim_expired(std::size_t count_max);

  // Answers the blocked clients whose time is over.
  void end_due_waits();

  // Nothing changes during a pause: not even what has expired is removed, though nobody sees it.
  void set_pause(PauseMode mode);
  PauseMode pause() const { return pause_; }

 private:
  static constexpr std::size_t group_size_max = store::Keyspace::prefetch_count_max;

  // A command that waits for its turn, and where its first key would be; the keyspace is null if it has none.
  struct Upcoming {
    Batch* batch = nullptr;
    const store::Keyspace* keyspace = nullptr;
    std::uint64_t key_hash = 0;
  };

  void line_up(std::span<Batch* const> batches);
  static void prefetch(std::span<const Upcoming> group);

  // A request about to run, or to be queued.
  struct Request {
    Session& session;
    Words words;
    protocol::ReplyWriter& reply;
    bool may_wait = true;
  };

  void run_command(Batch& batch);
  void end_overflowed(Batch& batch);
  void execute(const Command& command, const Request& request);
  template <class Context>
  void run_kind(const CommandOf<Context>& command, const Request& request);
  template <class Context>
  void invoke(const CommandOf<Context>& command, const Request& request);
  void refuse(const SpecFields& spec, std::string_view line, const Request& request);
  void reject(const InvalidCommand& command, const Request& request);

  void take_into_transaction(const Command& command, const SpecFields& spec, const Request& request);
  void run_queued(Session& session, const Transaction& transaction, protocol::ReplyWriter& reply) override;

  void park(const CommandOf<BlockingContext>& command, const Request& request, BlockingContext::Wait wait);
  void serve_ready_keys();
  void retry(Session& session);
  void count_processed(Session& session);

  void reply_error(std::string_view line, protocol::ReplyWriter& reply, std::size_t mark);
  static void apply_reply_mode(Batch& batch, std::size_t mark);

  template <class Context>
  Context make_context(const Request& request, std::uint64_t first_key_hash);
  DataContext make_data_context(const Request& request, std::uint64_t first_key_hash);

  ServerParts parts_;
  std::vector<Upcoming> upcoming_;  // of the present run
  PauseMode pause_ = PauseMode::none;
  std::uint64_t last_ticks_ = 0;  // when the command before ended
};

}  // namespace sluice::dispatch
