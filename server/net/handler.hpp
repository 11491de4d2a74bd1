#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "protocol/frame_parser.hpp"
#include "server/base/hash.hpp"
#include "server/dispatch/command_registry.hpp"
#include "server/dispatch/session.hpp"
#include "server/dispatch/settings.hpp"
#include "server/net/connection_count.hpp"
#include "server/net/envelope.hpp"
#include "server/net/read_buffer.hpp"
#include "server/net/shutdown_signal.hpp"

namespace sluice::net {

// What all Handlers of one I/O thread share.
struct HandlerParts {
  IoExecutor executor;
  BatchChannel& channel;
  CompletionQueue& completions;
  ShutdownSignal& shutdown;
  const dispatch::CommandRegistry& commands;
  const dispatch::Settings& settings;
  base::KeyHasher hasher;
};

// One connection: reads, parses what came into a batch, sends it to the manager, awaits the answer, writes it, and
// reads on. While a batch is with the manager nothing is read, so a server that does not keep up slows its clients down
// instead of buffering for them.
//
// Lives on one I/O thread, held by its own coroutine. Ends when the peer closes, after a protocol error or QUIT, when
// the manager asks for it (request_close) or when the server shuts down; in the latter case after the batch in flight.
class Handler final : public std::enable_shared_from_this<Handler>,
                      private ShutdownSignal::Subscription,
                      private dispatch::ConnectionControl {
 public:
  Handler(const HandlerParts& parts, StreamSocket socket, std::uint64_t id, dispatch::Endpoints endpoints,
          ConnectionCount::Place place);

  // Starts the connection's coroutine, which keeps `handler` alive. To be called on its I/O thread.
  static void start(std::shared_ptr<Handler> handler);

 private:
  // Bounds on one batch, so that no client holds the manager for long.
  static constexpr std::size_t batch_commands_max = 1024;
  static constexpr std::size_t idle_reply_bytes_max = 64UL * 1024;

  // How the connection comes to its end.
  enum class Ending { none, at_once, after_replies };
  enum class FlushStatus { done, blocked, failed };

  static Awaitable<> run(std::shared_ptr<Handler> self);
  Awaitable<> serve();
  Awaitable<bool> flush_slowly();
  Awaitable<> tell_manager(dispatch::Batch::Purpose purpose);
  Awaitable<> close_gracefully();

  bool parse_batch();
  void add_protocol_error(std::string line);
  protocol::ParserLimits parser_limits() const;
  bool exceeds_query_buffer_limit() const;
  void note_figures();
  void finish_batch();
  FlushStatus try_flush();
  bool has_undelivered_bytes();
  bool is_stopping() const { return ending_ != Ending::none; }

  void on_shutdown(Urgency urgency) override;
  void request_close() override;
  void stop(Ending ending);

  HandlerParts parts_;
  StreamSocket socket_;
  ConnectionCount::Place place_;
  dispatch::Session session_;

  ReadBuffer received_;
  std::size_t parsed_bytes_ = 0;  // of received_, that belong to the present batch
  protocol::FrameParser parser_;
  std::string protocol_error_;
  dispatch::Batch batch_;
  std::size_t written_bytes_ = 0;  // of the batch's replies
  Oneshot answered_;

  Ending ending_ = Ending::none;
  bool is_reading_ = false;
  bool needs_input_ = true;  // the parser has seen all that was received
  bool is_authenticated_ = false;
};

}  // namespace sluice::net
