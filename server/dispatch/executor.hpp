#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/dispatch/batch.hpp"
#include "server/dispatch/contexts.hpp"
#include "server/dispatch/server_control.hpp"

namespace sluice::dispatch {

// Everything that commands are executed on. The executor's owner keeps it alive.
struct ExecutorParts {
  store::Databases& databases;
  base::Clock& clock;
  Settings& settings;
  Statistics& statistics;
  ClientRegistry& clients;
  const CommandRegistry& commands;
  config::Config& config;
  ServerControl& server;
  base::KeyHasher hasher;
};

// Runs the commands of batches, in order within a batch, and writes their replies. The manager's; one thread.
class Executor {
 public:
  explicit Executor(const ExecutorParts& parts) : parts_(parts) {}

  // Runs each batch until it is finished, its replies have to be sent first, or one of its commands has to wait for the
  // end of a pause (see is_held). Memory that the next commands will need is prefetched for a group of them at a time,
  // across batches.
  void run(std::span<Batch* const> batches);

  // Whether the batch stopped before a command that the present pause holds back.
  bool is_held(const Batch& batch) const;

  void set_pause(PauseMode mode) { pause_ = mode; }
  PauseMode pause() const { return pause_; }

 private:
  static constexpr std::size_t group_size_max = 32;
  struct Next {
    Batch* batch = nullptr;
    std::size_t command = 0;
  };
  using Group = std::array<Next, group_size_max>;

  // Fills `group` with the commands that follow `at`, and moves `at` behind them.
  static std::size_t take_group(std::span<Batch* const> batches, Next& at, std::size_t& batch_index, Group& group);
  void prefetch(std::span<const Next> group) const;

  void run_command(Batch& batch);
  // False if the command was refused before it ran. `reply` stands where the command's reply begins.
  template <class Context>
  void run_kind(const CommandOf<Context>& command, Batch& batch, protocol::ReplyWriter& reply);
  void reject(const InvalidCommand& command, Batch& batch, protocol::ReplyWriter& reply);
  void reply_error(std::string_view line, protocol::ReplyWriter& reply, std::size_t mark);
  static void apply_reply_mode(Session& session, protocol::ReplyWriter& reply, std::size_t mark);

  template <class Context>
  Context make_context(Session& session, protocol::ReplyWriter& reply, std::uint64_t first_key_hash);

  ExecutorParts parts_;
  PauseMode pause_ = PauseMode::none;
  std::uint64_t last_ticks_ = 0;  // when the command before ended
};

}  // namespace sluice::dispatch
