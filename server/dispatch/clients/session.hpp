#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/reply_writer.hpp"

namespace sluice::dispatch {

struct Batch;
class Session;
struct ParkedCommand;
struct SpecFields;
struct Subscriptions;
struct TrackingState;
struct Transaction;

// Encoded replies that several connections may share.
using SharedBytes = std::shared_ptr<const std::string>;

// How full the buffer is that holds what a connection has received.
struct InputBuffer {
  std::size_t used_bytes = 0;
  std::size_t free_bytes = 0;

  std::size_t size() const { return used_bytes + free_bytes; }
};

// What the manager may ask of a connection. Called on the manager's thread; acts on the connection's own, later.
class ConnectionControl {
 public:
  // The batch is the connection's own again, with so many bytes of replies.
  virtual void answered(std::size_t reply_bytes) = 0;
  // Ends the connection: what is being executed for it still is, but nothing more is read.
  virtual void request_close() = 0;
  // Sends what no request asked for, in its place among the replies. For Session::push().
  virtual void push(SharedBytes bytes) = 0;
  // Sends the reply to a command that had to wait, likewise. For Session::reply_late().
  virtual void reply_late(SharedBytes bytes) = 0;
  // The batch that stopped at a command that had to wait (Batch::is_waiting) may be handed in again.
  virtual void resume() = 0;
  // The connection has been quiet for a while: the memory of empty buffers may go back.
  virtual void release_buffers() = 0;
  // Bytes that were replied or pushed, and that the socket has not taken yet.
  virtual std::size_t owed_bytes() const = 0;
  // The owed bytes that were pushed, and in how many pieces.
  virtual std::size_t owed_pushed_bytes() const = 0;
  virtual std::size_t owed_pushed_count() const = 0;
  // The bytes that were received and are not on their way to execution yet.
  virtual InputBuffer input_buffer() const = 0;

 protected:
  ~ConnectionControl() = default;
};

// Told when connections are owed more than before.
class PushListener {
 public:
  // May be called while lists of sessions are being walked: must not end any.
  virtual void on_owed(Session& session) = 0;
  // So many bytes were handed over to be sent.
  virtual void on_handed_over(std::size_t bytes) = 0;
  // There was no memory for what the connection had to be told: it ends, rather than go on without. Likewise.
  virtual void on_lost(Session& session) = 0;

 protected:
  ~PushListener() = default;
};

enum class ReplyMode : std::uint8_t { on, off, skip_next, skip_this };

// The two ends of a connection and how it came in; fixed at accept.
struct Endpoints {
  std::string peer;   // "127.0.0.1:51234", "[::1]:51234", or "PATH:0" for a unix socket
  std::string local;  // likewise
  int descriptor = -1;
  bool is_unix_socket = false;
  bool is_loopback = false;
};

// What the manager must know of a connection. Owned by the connection's Handler, changed only by the manager.
class Session {
 public:
  Session(std::uint64_t session_id, Endpoints ends, ConnectionControl& connection);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  // Sends what no request of this connection asked for: after the reply to the command that it executes just now, if
  // there is one, and before the replies to those that are to come. Not to a connection that is about to end. If there
  // is no memory for it, the connection ends.
  void push(SharedBytes bytes) noexcept;
  // Sends the reply to a command that had to wait. A reply is only as large as what was asked for: the limits of pushed
  // bytes do not hold for it.
  void reply_late(SharedBytes bytes) noexcept;
  // There was no memory for what the connection had to be told: it ends.
  void lose() noexcept;
  // Sends the pushes that were put off to the end of the present command; for the executor.
  void push_deferred() noexcept;

  // Whether no gate looks at the session any closer: it may do what everybody may.
  bool is_ordinary() const {
    return chosen.is_authenticated && conversations.subscriptions == nullptr && !conversations.is_monitor;
  }

  // Whether it has subscribed to anything.
  bool is_subscribed() const;
  // The id of the connection that is told of changed keys instead of this one: 0 if this one is told itself, -1 if it
  // does not track.
  std::int64_t redirection() const;

  // Bytes that were replied or pushed, wherever they are on their way to the socket. O(1).
  std::size_t owed_bytes() const;
  // The owed bytes that were pushed, as far as they are not among the replies of the present batch.
  std::size_t owed_pushed_bytes() const { return control->owed_pushed_bytes() + place.deferred_push_bytes; }
  // Bytes that were replied or pushed, and that the socket has taken.
  std::uint64_t network_output_bytes() const;
  // What the connection takes up, buffers included.
  std::size_t memory_bytes() const;

  // Set by commands, and looked at by nearly every command.
  struct Chosen {
    int database = 0;
    protocol::ProtocolVersion protocol = protocol::ProtocolVersion::resp2;
    ReplyMode reply_mode = ReplyMode::on;
    bool is_authenticated = false;
    bool no_evict = false;
    bool no_touch = false;
    std::string user = "default";
    std::string name;
    std::string library_name;
    std::string library_version;
  };

  // Conversations of several commands; pointers are null while there is no such conversation.
  struct Conversations {
    std::unique_ptr<Transaction> transaction;      // between MULTI and EXEC
    std::unique_ptr<ParkedCommand> parked;         // waits for a key; see BlockedClients
    std::unique_ptr<Subscriptions> subscriptions;  // see pubsub::Broker
    std::unique_ptr<TrackingState> tracking;       // see tracking::TrackingTable
    bool is_monitor = false;
    bool is_paused = false;        // its batch waits for the end of a pause
    bool has_stale_watch = false;  // a watched key was changed: EXEC will refuse
    std::size_t watched_count = 0;
    std::size_t watched_bytes = 0;  // taken up by the watched keys
  };

  // Where its commands, and what is pushed meanwhile, are now. The executor's and the rounds'.
  struct Place {
    Batch* batch = nullptr;     // while it is with the manager
    bool is_executing = false;  // a command, or a whole transaction
    bool is_closing = false;    // no further command of it runs; it ends when its replies are sent
    std::vector<SharedBytes> deferred_pushes;
    std::size_t deferred_push_bytes = 0;  // of all of them
  };

  // Kept by ClientLimits.
  struct Limits {
    PushListener* push_listener = nullptr;
    std::int64_t over_soft_limit_since_ms = 0;  // 0 while it is not
    std::size_t counted_bytes = 0;              // memory_bytes() as it was last looked at
  };

  // Shown by CLIENT LIST; the rounds tell idle sessions by them.
  struct Figures {
    std::int64_t created_ms = 0;
    std::int64_t last_interaction_ms = 0;
    const SpecFields* last_command = nullptr;
    std::size_t seen_received_bytes = 0;  // how far its input and its output had come when the manager looked last,
    std::size_t seen_owed_bytes = 0;      // which it does while `timeout` is set
    std::size_t reply_buffer_bytes = 0;
    std::size_t reply_bytes_peak = 0;  // of the replies to one batch
    std::size_t argument_bytes = 0;    // taken up by the words of its last batch besides their text
    bool holds_buffers = false;        // since its last batch; see ConnectionControl::release_buffers()
    std::uint64_t commands_processed = 0;
    std::uint64_t network_input_bytes = 0;
    std::uint64_t output_bytes = 0;  // handed over to be sent
  };

  const std::uint64_t id;
  const Endpoints endpoints;
  ConnectionControl* const control;

  Chosen chosen;
  Conversations conversations;
  Place place;
  Limits limits;
  Figures figures;

 private:
  void send(SharedBytes bytes, void (ConnectionControl::*deliver)(SharedBytes));
};

}  // namespace sluice::dispatch
