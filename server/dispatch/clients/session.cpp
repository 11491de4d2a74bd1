#include "server/dispatch/clients/session.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "server/dispatch/clients/batch.hpp"
#include "server/dispatch/clients/conversations.hpp"

namespace sluice::dispatch {

Session::Session(std::uint64_t session_id, Endpoints ends, ConnectionControl& connection)
    : id(session_id), endpoints(std::move(ends)), control(&connection) {}

Session::~Session() = default;

void Session::push(SharedBytes bytes) noexcept {
  if (is_closing) return;
  try {
    if (is_executing) {
      deferred_pushes.push_back(bytes);
      deferred_push_bytes += bytes->size();
    } else {
      send(std::move(bytes), &ConnectionControl::push);
    }
  } catch (const std::bad_alloc&) {
    return lose();
  }
  if (push_listener != nullptr) push_listener->on_owed(*this);
}

void Session::reply_late(SharedBytes bytes) noexcept {
  if (is_closing) return;
  try {
    send(std::move(bytes), &ConnectionControl::reply_late);
  } catch (const std::bad_alloc&) {
    return lose();
  }
  if (push_listener != nullptr) push_listener->on_owed(*this);
}

void Session::lose() noexcept {
  if (std::exchange(is_closing, true)) return;
  if (push_listener != nullptr) push_listener->on_lost(*this);
}

// With the replies of the batch, if it is here.
void Session::send(SharedBytes bytes, void (ConnectionControl::*deliver)(SharedBytes)) {
  if (batch != nullptr) {
    batch->replies.append(*bytes);
    return;
  }
  output_bytes += bytes->size();
  if (push_listener != nullptr) push_listener->on_handed_over(bytes->size());
  (control->*deliver)(std::move(bytes));
}

void Session::push_deferred() noexcept {
  deferred_push_bytes = 0;
  for (SharedBytes& bytes : std::exchange(deferred_pushes, {})) push(std::move(bytes));
}

std::size_t Session::owed_bytes() const {
  return control->owed_bytes() + (batch == nullptr ? 0 : batch->replies.size()) + deferred_push_bytes;
}

std::uint64_t Session::network_output_bytes() const {
  return output_bytes - std::min<std::uint64_t>(output_bytes, control->owed_bytes());
}

std::size_t Session::memory_bytes() const {
  // What an element of a set takes besides its text.
  constexpr std::size_t node_bytes = 64;
  std::size_t bytes = sizeof(Session) + argument_bytes + control->input_buffer().size();
  for (const std::string* text : {&name, &user, &library_name, &library_version, &endpoints.peer, &endpoints.local}) {
    bytes += text->capacity();
  }
  const std::size_t owed = owed_bytes();
  const std::size_t pushed = std::min(owed_pushed_bytes(), owed);
  // Replies wait in the batch's buffer, which is not kept larger than that without them.
  bytes += pushed + std::max(owed - pushed, std::min(reply_buffer_bytes, Batch::idle_replies_bytes_max));
  if (transaction) bytes += transaction->memory_bytes;
  bytes += watched_bytes;
  if (parked) bytes += parked->memory_bytes();
  if (subscriptions) {
    for (const auto* names : {&subscriptions->channels, &subscriptions->patterns, &subscriptions->shard_channels}) {
      bytes += names->size() * node_bytes;
    }
  }
  if (tracking) bytes += tracking->prefixes.size() * node_bytes;
  return bytes;
}

}  // namespace sluice::dispatch
