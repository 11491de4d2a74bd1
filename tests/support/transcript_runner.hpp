#pragma once

#include <cstddef>
#include <cstdint>
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

  // Sends the request on the connection of that name, which is made when first used, and returns the reply's lines:
  // none if there is no reply, "(closed)" if the server has closed the connection. A target that would have to wait for
  // a reply does so only if one is expected.
  virtual std::vector<std::string> ask(const std::string& connection, const Request& request,
                                       bool is_reply_expected) = 0;

  virtual void advance(std::int64_t by_ms) = 0;

  // Whether this is redis-server, which some cases are not meant for.
  virtual bool is_reference() const { return false; }
};

struct TranscriptReport {
  std::size_t passed = 0;
  std::size_t skipped = 0;
  std::vector<std::string> failures;  // one readable text for each failing case
};

// Replays all cases; a case ends with its first wrong reply.
TranscriptReport run_transcripts(const std::vector<TranscriptCase>& cases, TranscriptTarget& target);

}  // namespace sluice::tests
