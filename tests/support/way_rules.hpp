#pragma once

#include "tests/support/request.hpp"
#include "tests/support/transcript.hpp"

namespace sluice::tests {

// Whether no request of the case tells of the requests around it: of how many there were, or of a connection's state.
bool may_have_transactions(const TranscriptCase& running);
// Whether no request of the case tells of what is under way on its connection, or of what came together.
bool may_have_pipelines(const TranscriptCase& running);

// Which requests of a connection may be sent between MULTI and EXEC without making a difference. Told of all of them,
// in their order.
class TransactionRules {
 public:
  bool may_wrap(const Request& request);

 private:
  // Of its own transaction or what it watches, or in RESP2 subscribed, where MULTI is not allowed.
  bool is_occupied_ = false;
};

}  // namespace sluice::tests
