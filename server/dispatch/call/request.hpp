#pragma once

#include <cstdint>

#include "protocol/reply_writer.hpp"
#include "server/dispatch/clients/session.hpp"
#include "server/dispatch/requests/spec.hpp"

namespace sluice::dispatch {

// The caller of a command, which decides what the command may do and what is asked and recorded around it.
enum class Origin : std::uint8_t {
  client,       // a connection, directly
  transaction,  // EXEC, for a command that was queued
  script,       // a script or function
  primary,      // the stream of the primary that this server replicates
  log,          // the append-only file, while it is loaded
};

// A command about to run, or to be queued, for somebody.
struct Request {
  Session& session;  // of a script: its caller's; of the primary's stream and of the log: a session of their own
  Words words;
  protocol::ReplyWriter& reply;
  Origin origin = Origin::client;
  bool is_retry = false;  // of a command that was parked

  // Whether a blocking command may leave its reply for later. Every other caller needs an answer at once.
  bool may_wait() const { return origin == Origin::client; }
};

// How a call came out.
enum class Outcome : std::uint8_t {
  done,
  failed,   // the command ran and replied with an error
  refused,  // the command did not run; the reply is an error
  queued,   // in the session's transaction
  waiting,  // parked; the reply comes later
};

}  // namespace sluice::dispatch
