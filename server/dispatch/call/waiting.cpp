#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/clock.hpp"
#include "server/dispatch/call/frame.hpp"
#include "server/dispatch/clients/client_limits.hpp"

// Commands that wait for keys, until they are served or their time is over.
namespace sluice::dispatch {

namespace {

// The words that came belong to the batch: lets `keys`, which are among them in their order, view the copies of `words`
// instead. One pass over the words.
void view_keys_in(Words words, std::vector<std::string_view>& keys) {
  auto word = words.begin();
  for (std::string_view& key : keys) {
    word = std::find(word, words.end(), key);
    key = *word;
  }
}

}  // namespace

// A command that was retried in vain is parked already, and keeps its place among those who wait.
void Executor::park(const CommandOf<BlockingContext>& command, const Request& request, BlockingContext::Wait wait) {
  Session& session = request.session;
  if (session.conversations.parked) return;
  const std::int64_t deadline_ms = wait.timeout_ms == 0 ? 0 : parts_.clock.now_ms() + wait.timeout_ms;
  ParkedCommand parked{.request = OwnedRequest(command, wait.request.empty() ? request.words : Words(wait.request)),
                       .database = session.chosen.database,
                       .type = wait.type,
                       .wakes_on_absence = wait.wakes_on_absence,
                       .keys = std::move(wait.keys),
                       .deadline_ms = deadline_ms,
                       .on_timeout = wait.on_timeout};
  view_keys_in(parked.request.words(), parked.keys);
  parts_.blocked.park(session, std::move(parked));
  session.place.batch->is_waiting = true;
}

// Runs the commands that wait for keys that have become ready, and those for which that makes others ready.
void Executor::serve_ready_keys() {
  while (parts_.blocked.has_ready()) {
    const DatabaseKey& ready = parts_.blocked.begin_serving();
    serve(ready);
    parts_.blocked.end_serving(ready);
  }
  // The time of serving belongs to no command: the next one begins here.
  last_ticks_ = base::read_ticks();
}

void Executor::serve(const DatabaseKey& ready) {
  store::Keyspace& keyspace = parts_.databases[static_cast<std::size_t>(ready.database)];
  const store::Key key = keyspace.key_of(ready.key);
  std::uint64_t arrival = 0;
  while (true) {
    const store::Entry* entry = keyspace.peek(key);
    if (entry == nullptr && !parts_.blocked.is_absence_awaited(ready)) break;
    Session* session = parts_.blocked.next_waiting(ready, arrival);
    if (session == nullptr) break;
    const bool has_value = entry != nullptr && entry->type() == session->conversations.parked->type;
    if (has_value || session->conversations.parked->wakes_on_absence) retry(*session);
  }
}

// Runs the parked command again, through all the steps of a command that has just come.
void Executor::retry(Session& session) {
  const OwnedRequest& owned = session.conversations.parked->request;
  protocol::ReplyBuffer buffer;
  buffer.set_bytes_max(parts_.limits.reply_bytes_max(session));
  protocol::ReplyWriter reply(buffer, session.chosen.protocol);
  session.place.is_executing = true;
  const Outcome outcome =
      call(owned.command(), {.session = session, .words = owned.words(), .reply = reply, .is_retry = true});
  session.place.is_executing = false;
  if (buffer.has_overflowed() && session.chosen.reply_mode == ReplyMode::on) parts_.limits.on_overflow(session);
  if (outcome != Outcome::waiting) parts_.blocked.release(session, buffer);
  session.push_deferred();
}

void Executor::end_due_waits() {
  while (Session* session = parts_.blocked.find_due(parts_.clock.now_ms())) parts_.blocked.time_out(*session);
}

}  // namespace sluice::dispatch
