#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "protocol/frame_parser.hpp"
#include "server/base/hash.hpp"
#include "server/dispatch/clients/session.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/state/settings.hpp"
#include "server/net/batch_channel.hpp"
#include "server/net/completion_queue.hpp"
#include "server/net/connection_count.hpp"
#include "server/net/oneshot.hpp"
#include "server/net/outbox.hpp"
#include "server/net/read_buffer.hpp"
#include "server/net/readiness.hpp"
#include "server/net/shutdown_signal.hpp"
#include "server/net/socket.hpp"

namespace sluice::net {

// Shared by all Handlers of one I/O thread.
struct HandlerParts {
  IoExecutor executor;
  BatchChannel& channel;
  CompletionQueue& completions;
  Readiness& readiness;
  ShutdownSignal& shutdown;
  const dispatch::CommandRegistry& commands;
  const dispatch::Settings& settings;
  base::KeyHasher hasher;
};

// One connection: reads, parses what came into a batch, sends it to the manager, awaits the answer, writes it, and
// reads on. While a batch is with the manager nothing is read, so a server that does not keep up slows its clients down
// instead of buffering for them; and while replies wait to be written nothing is read either, so a client that does not
// read them cannot make them grow.
//
// What the manager pushes without having been asked (messages of channels, say) is written as soon as it comes, in its
// place among the replies.
//
// Lives on one I/O thread, held by its own coroutine. Ends when the peer closes, after a protocol error or QUIT, when
// the manager asks for it (request_close) or when the server shuts down; in the latter case after the batch in flight.
class Handler final : public std::enable_shared_from_this<Handler>,
                      private ShutdownSignal::Subscription,
                      private Readiness::Listener,
                      private Answerable,
                      private dispatch::ConnectionControl {
 public:
  Handler(const HandlerParts& parts, Socket socket, std::uint64_t id, dispatch::Endpoints endpoints,
          ConnectionCount::Place place);

  // Starts the connection's coroutine, which keeps `handler` alive. To be called on its I/O thread.
  static void start(std::shared_ptr<Handler> handler);

 private:
  // Bounds on one batch, so that no client holds the manager for long.
  static constexpr std::size_t batch_commands_max = 1024;
  // How often one connection reads before others get their turn.
  static constexpr int reads_per_turn_max = 16;

  // How the connection comes to its end.
  enum class Ending { none, at_once, after_replies };
  enum class ReadStatus { received, nothing_yet, ended };
  enum class FlushStatus { done, blocked, failed };

  static Awaitable<> run(std::shared_ptr<Handler> self);
  Awaitable<> serve_while_memory_lasts();
  Awaitable<> serve();
  Awaitable<bool> flush_slowly();
  Awaitable<bool> wait_for_resumption();
  Awaitable<> tell_manager(dispatch::Batch::Purpose purpose);
  Awaitable<> close_gracefully();

  ReadStatus receive();
  bool parse_batch();
  void add_protocol_error();
  protocol::ParserLimits parser_limits() const;
  bool exceeds_query_buffer_limit() const;
  void note_input();
  void finish_batch();
  void travel_light();

  FlushStatus try_flush();
  FlushStatus write_replies();
  FlushStatus write_pushed();
  Socket::Transfer write_first_pushed();
  void drop_written(std::size_t bytes);
  bool take_pushed();
  void deliver_pushed();

  bool is_stopping() const { return ending_ != Ending::none; }
  void stop(Ending ending);
  void wake_all();

  void on_ready(ReadyFor ready) override;
  void on_shutdown(Urgency urgency) override;
  void on_answered() override;
  void on_pushed() override;
  void on_resumed() override;
  void on_quiet() override;
  void on_close_requested() override;

  // The manager's side: called on its thread.
  void answered(std::size_t reply_bytes) override;
  void request_close() override { parts_.completions.add(*this, &Answerable::on_close_requested); }
  void push(dispatch::SharedBytes bytes) override;
  void reply_late(dispatch::SharedBytes bytes) override;
  void resume() override { parts_.completions.add(*this, &Answerable::on_resumed); }
  void release_buffers() override { parts_.completions.add(*this, &Answerable::on_quiet); }
  std::size_t owed_bytes() const override { return outbox_.owed_bytes(); }
  std::size_t owed_pushed_bytes() const override { return outbox_.owed_pushed_bytes(); }
  std::size_t owed_pushed_count() const override { return outbox_.owed_pushed_count(); }
  dispatch::InputBuffer input_buffer() const override;

  HandlerParts parts_;
  Socket socket_;
  ConnectionCount::Place place_;
  dispatch::Session session_;

  ReadBuffer received_;
  std::atomic<std::size_t> input_used_bytes_ = 0;  // how full received_ is, for the manager
  std::atomic<std::size_t> input_free_bytes_ = 0;
  std::size_t parsed_bytes_ = 0;  // of received_, that belong to the present batch
  protocol::FrameParser parser_;
  dispatch::Batch batch_;
  std::size_t written_bytes_ = 0;  // of the batch's replies

  Outbox outbox_;
  std::uint64_t answers_seen_ = 0;
  std::vector<Outbox::Piece> pushed_;     // taken from the outbox, to be written before the batch's replies
  std::size_t written_pushed_bytes_ = 0;  // of the first of them

  Oneshot readable_;
  Oneshot writable_;
  Oneshot answered_;
  Oneshot resumed_;

  Ending ending_ = Ending::none;
  bool is_readable_ = false;    // a read may find something
  bool is_peer_done_ = false;   // the peer sends nothing more, or is gone
  bool is_resting_ = false;     // the coroutine waits for input, and the batch is its own and clear
  bool is_answer_due_ = false;  // the manager has the batch
  bool is_flushing_ = false;    // the coroutine waits for the socket to take more
  bool needs_input_ = true;     // the parser has seen all that was received
  bool is_authenticated_ = false;
};

}  // namespace sluice::net
