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
  if (place.is_closing) return;
  try {
    if (place.is_executing) {
      place.deferred_pushes.push_back(bytes);
      place.deferred_push_bytes += bytes->size();
    } else {
      send(std::move(bytes), &ConnectionControl::push);
    }
  } catch (const std::bad_alloc&) {
    return lose();
  }
  if (limits.push_listener != nullptr) limits.push_listener->on_owed(*this);
}

void Session::reply_late(SharedBytes bytes) noexcept {
  if (place.is_closing) return;
  try {
    send(std::move(bytes), &ConnectionControl::reply_late);
  } catch (const std::bad_alloc&) {
    return lose();
  }
  if (limits.push_listener != nullptr) limits.push_listener->on_owed(*this);
}

void Session::lose() noexcept {
  if (std::exchange(place.is_closing, true)) return;
  if (limits.push_listener != nullptr) limits.push_listener->on_lost(*this);
}

// With the replies of the batch, if it is here.
void Session::send(SharedBytes bytes, void (ConnectionControl::*deliver)(SharedBytes)) {
  if (place.batch != nullptr) {
    place.batch->replies.append(*bytes);
    return;
  }
  figures.output_bytes += bytes->size();
  if (limits.push_listener != nullptr) limits.push_listener->on_handed_over(bytes->size());
  (control->*deliver)(std::move(bytes));
}

void Session::push_deferred() noexcept {
  place.deferred_push_bytes = 0;
  for (SharedBytes& bytes : std::exchange(place.deferred_pushes, {})) push(std::move(bytes));
}

bool Session::is_subscribed() const {
  return conversations.subscriptions != nullptr && !conversations.subscriptions->empty();
}

std::int64_t Session::redirection() const {
  return conversations.tracking ? static_cast<std::int64_t>(conversations.tracking->redirect_to) : -1;
}

std::size_t Session::owed_bytes() const {
  return control->owed_bytes() + (place.batch == nullptr ? 0 : place.batch->replies.size()) + place.deferred_push_bytes;
}

std::uint64_t Session::network_output_bytes() const {
  return figures.output_bytes - std::min<std::uint64_t>(figures.output_bytes, control->owed_bytes());
}

std::size_t Session::memory_bytes() const {
  // What an element of a set takes besides its text.
  constexpr std::size_t node_bytes = 64;
  std::size_t bytes = sizeof(Session) + figures.argument_bytes + control->input_buffer().size();
  for (const std::string* text :
       {&chosen.name, &chosen.user, &chosen.library_name, &chosen.library_version, &endpoints.peer, &endpoints.local}) {
    bytes += text->capacity();
  }
  const std::size_t owed = owed_bytes();
  const std::size_t pushed = std::min(owed_pushed_bytes(), owed);
  // Replies wait in the batch's buffer, which is not kept larger than that without them.
  bytes += pushed + std::max(owed - pushed, std::min(figures.reply_buffer_bytes, Batch::idle_replies_bytes_max));
  if (conversations.transaction) bytes += conversations.transaction->memory_bytes;
  bytes += conversations.watched_bytes;
  if (conversations.parked) bytes += conversations.parked->memory_bytes();
  if (conversations.subscriptions) {
    for (const auto* names : {&conversations.subscriptions->channels, &conversations.subscriptions->patterns,
                              &conversations.subscriptions->shard_channels}) {
      bytes += names->size() * node_bytes;
    }
  }
  if (conversations.tracking) bytes += conversations.tracking->prefixes.size() * node_bytes;
  return bytes;
}

}  // namespace sluice::dispatch
