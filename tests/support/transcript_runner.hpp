#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/request.hpp"
#include "tests/support/transcript.hpp"

namespace sluice::tests {

// A server that transcripts are replayed against.
class TranscriptTarget {
 public:
  virtual ~TranscriptTarget() = default;

  // Empty databases and no connections: what `next` expects to find.
  virtual void begin_case(const TranscriptCase& next) = 0;

  // Sends the request on the connection of that name, which is made when first used, and returns what receive() does.
  // If no reply is expected, returns when the server has taken the request up.
  virtual std::vector<std::string> ask(const std::string& connection, const Request& request,
                                       std::size_t reply_count) = 0;
  // The lines of the next `reply_count` replies or pushes that the connection is sent, waiting for them if need be;
  // fewer if the server has nothing more to send, and "(closed)" in place of the first if it has closed the connection.
  // With 0, what is there already, which nobody expects.
  virtual std::vector<std::string> receive(const std::string& connection, std::size_t reply_count) = 0;
  // The connections that were used since the case began.
  virtual std::vector<std::string> connections() const = 0;

  // Before send_bytes(): a request that the bytes contain.
  virtual void announce(const Request& /*request*/) {}
  // Sends bytes on the connection, which is made when first used. Only over a network.
  virtual void send_bytes(const std::string& /*connection*/, const std::string& /*bytes*/) {
    throw std::logic_error("this server takes whole requests");
  }

  virtual void advance(std::int64_t by_ms) = 0;

  // The fault of the server after the case, though every reply was right; nothing if all is well.
  virtual std::optional<std::string> check_server() { return std::nullopt; }

  // Whether this is redis-server, which some cases are not meant for.
  virtual bool is_reference() const { return false; }
};

// How requests are sent. The replies have to be the same in every way.
enum class TranscriptWay : std::uint8_t {
  one_by_one,
  // Requests that follow each other on a connection in pipelines of random lengths, whose bytes come in random pieces.
  pipelined,
  // Each request between MULTI and EXEC, where that may make no difference; see may_be_in_transaction().
  in_transactions,
};

struct TranscriptReport {
  std::size_t passed = 0;
  std::size_t skipped = 0;
  std::vector<std::string> failures;  // one readable text for each failing case
  std::size_t requests = 0;
  std::size_t requests_in_way = 0;  // requests that were sent in the way that was asked for
};

// Replays all cases; a case ends with its first wrong reply. `seed` decides on all that is random.
TranscriptReport run_transcripts(const std::vector<TranscriptCase>& cases, TranscriptTarget& target,
                                 TranscriptWay way = TranscriptWay::one_by_one, std::uint64_t seed = 0);

}  // namespace sluice::tests
