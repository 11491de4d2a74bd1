#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/reply_writer.hpp"

namespace sluice::dispatch {

struct SpecFields;

// What the manager may ask of a connection. Called on the manager's thread; acts on the connection's own, later.
class ConnectionControl {
 public:
  // Ends the connection: what is being executed for it still is, but nothing more is read.
  virtual void request_close() = 0;

 protected:
  ~ConnectionControl() = default;
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
  Session(std::uint64_t session_id, Endpoints ends, ConnectionControl& connection)
      : id(session_id), endpoints(std::move(ends)), control(&connection) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const std::uint64_t id;
  const Endpoints endpoints;
  ConnectionControl* const control;

  // What commands set.
  int database = 0;
  protocol::ProtocolVersion protocol = protocol::ProtocolVersion::resp2;
  ReplyMode reply_mode = ReplyMode::on;
  bool is_authenticated = false;
  bool is_closing = false;  // no further command of it runs; it ends when its replies are sent
  bool no_evict = false;
  bool no_touch = false;
  std::string user = "default";
  std::string name;
  std::string library_name;
  std::string library_version;

  // What CLIENT LIST tells of it.
  std::int64_t created_ms = 0;
  std::int64_t last_interaction_ms = 0;
  const SpecFields* last_command = nullptr;
  std::size_t query_buffer_used_bytes = 0;  // as they were when its last batch was sent
  std::size_t query_buffer_free_bytes = 0;
  std::size_t reply_buffer_bytes = 0;
  std::size_t reply_bytes_peak = 0;  // of the replies to one batch
  std::size_t argument_bytes = 0;    // of the command that is being executed
  std::uint64_t commands_processed = 0;
  std::uint64_t network_input_bytes = 0;
  std::uint64_t network_output_bytes = 0;
};

}  // namespace sluice::dispatch
