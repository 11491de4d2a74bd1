#include "server/dispatch/session.hpp"

#include "server/dispatch/batch.hpp"
#include "server/dispatch/parked_command.hpp"
#include "server/dispatch/subscriptions.hpp"
#include "server/dispatch/tracking_state.hpp"
#include "server/dispatch/transaction.hpp"

namespace sluice::dispatch {

Session::Session(std::uint64_t session_id, Endpoints ends, ConnectionControl& connection)
    : id(session_id), endpoints(std::move(ends)), control(&connection) {}

Session::~Session() = default;

void Session::push(SharedBytes bytes) {
  if (is_executing) {
    deferred_pushes.push_back(std::move(bytes));
  } else if (batch != nullptr) {
    batch->replies.append(*bytes);
  } else {
    control->push(std::move(bytes));
  }
}

void Session::push_deferred() {
  for (SharedBytes& bytes : std::exchange(deferred_pushes, {})) push(std::move(bytes));
}

}  // namespace sluice::dispatch
