#include "server/tracking/tracking_table.hpp"

#include <new>
#include <utility>

#include "server/dispatch/clients/conversations.hpp"
#include "server/dispatch/requests/key_finder.hpp"

namespace sluice::tracking {

using dispatch::Flag;
using dispatch::Session;
using dispatch::TrackingState;
using protocol::ProtocolVersion;

namespace {

bool remembers_what_it_reads(const TrackingState& state) {
  if (state.is_broadcasting) return false;
  switch (state.choice) {
    case TrackingState::Choice::opt_in:
      return state.is_next_chosen;
    case TrackingState::Choice::opt_out:
      return !state.is_next_chosen;
    case TrackingState::Choice::every_key:
      break;
  }
  return true;
}

}  // namespace

TrackingTable::TrackingTable(dispatch::ChangeFeed& feed, dispatch::ClientRegistry& clients,
                             const dispatch::Settings& settings, store::Reaper& reaper)
    : feed_(feed), clients_(clients), settings_(settings), reaper_(reaper) {
  feed_.add(*this);
  clients_.add_listener(*this);
}

void TrackingTable::enable(Session& session, TrackingState wanted) {
  TrackingState::Prefixes added = std::move(wanted.prefixes);
  if (wanted.is_broadcasting && added.empty()) added.emplace();
  wanted.prefixes.clear();
  if (!session.conversations.tracking) {
    session.conversations.tracking = std::make_unique<TrackingState>();
    if (client_count_++ == 0) feed_.begin_interest();
  }
  try {
    for (const std::string& prefix : added) add_prefix(session, prefix);
  } catch (const std::bad_alloc&) {
    if (session.conversations.tracking->prefixes.empty()) disable(session);
    throw;
  }
  wanted.prefixes = std::move(session.conversations.tracking->prefixes);
  wanted.is_next_chosen = session.conversations.tracking->is_next_chosen;
  *session.conversations.tracking = std::move(wanted);
}

void TrackingTable::add_prefix(Session& session, const std::string& prefix) {
  const auto [place, is_new] = session.conversations.tracking->prefixes.insert(prefix);
  if (!is_new) return;
  try {
    broadcasts_.add(prefix, session);
  } catch (const std::bad_alloc&) {
    session.conversations.tracking->prefixes.erase(place);
    throw;
  }
}

void TrackingTable::disable(Session& session) {
  if (!session.conversations.tracking) return;
  for (const std::string& prefix : session.conversations.tracking->prefixes) broadcasts_.remove(prefix, session);
  session.conversations.tracking.reset();
  if (--client_count_ > 0) return;
  feed_.end_interest();
  // Changes are not reported any more, so nothing that was remembered would ever go.
  forget_everything();
}

void TrackingTable::on_executed(Session& session, const dispatch::SpecFields& spec, dispatch::Words words) {
  last_cleared_ = -1;
  if (!spec.flags.has(Flag::readonly) || !remembers_what_it_reads(*session.conversations.tracking)) return;
  std::size_t key_count = 0;
  try {
    dispatch::visit_keys(spec, words, [&](const dispatch::FoundKey& found) {
      ++key_count;
      read_keys_.remember(words[found.word], session.id);
    });
  } catch (const std::bad_alloc&) {
    return session.lose();  // the connection would not be told when the key changes
  }
  // A little more than may have come, so that the table shrinks when its limit was lowered.
  if (key_count > 0) evict_excess(key_count + 1);
}

// CLIENT CACHING holds for the request that follows it, a whole transaction counting as one.
void TrackingTable::on_request_ended(Session& session) {
  if (!session.conversations.tracking->is_next_chosen || session.conversations.transaction != nullptr) return;
  const dispatch::SpecFields* last = session.figures.last_command;
  if (last == nullptr || !last->name.starts_with("CLIENT|")) session.conversations.tracking->is_next_chosen = false;
}

void TrackingTable::on_run_ended() {
  if (client_count_ == 0) return;
  last_cleared_ = -1;
  constexpr std::size_t evictions_max = 1000;
  evict_excess(evictions_max);
  if (!broadcasts_.has_changes()) return;
  broadcasts_.tell([this](Session& session, const Broadcasts::Keys& keys) {
    Invalidation message(keys);
    tell(session, message);
  });
}

void TrackingTable::on_key_changed(int /*database*/, std::string_view key) {
  last_cleared_ = -1;
  if (client_count_ == 0) return;
  const Session* changer = clients_.executing();
  broadcasts_.note_change(key, changer == nullptr ? 0 : changer->id);
  tell_readers(key, read_keys_.take(key), changer);
}

void TrackingTable::on_database_cleared(int database) {
  const bool is_told = last_cleared_ >= 0 && database == last_cleared_ + 1;
  last_cleared_ = database;
  if (!is_told) tell_all();
}

// Keys are known without their databases: any of them may mean another value now.
void TrackingTable::on_databases_swapped(int /*first*/, int /*second*/) {
  tell_all();
}

void TrackingTable::tell_readers(std::string_view key, const ReadKeys::Readers& readers, const Session* changer) {
  if (readers.empty()) return;
  Invalidation message(std::span(&key, 1));
  for (const std::uint64_t id : readers) {
    Session* reader = clients_.find(id);
    // The connection may have stopped to track, or begun to track in another way, since it has read the key.
    if (reader == nullptr || !reader->conversations.tracking || reader->conversations.tracking->is_broadcasting)
      continue;
    if (reader->conversations.tracking->skips_own_changes && reader == changer) continue;
    tell(*reader, message);
  }
}

void TrackingTable::tell_all() {
  if (client_count_ == 0) return;
  forget_everything();
  Invalidation message({});
  for (const auto& [id, session] : clients_) {
    if (session->conversations.tracking) tell(*session, message);
  }
}

void TrackingTable::tell(Session& tracker, Invalidation& message) noexcept {
  try {
    send(tracker, message);
  } catch (const std::bad_alloc&) {
    tracker.lose();
  }
}

void TrackingTable::send(Session& tracker, Invalidation& message) {
  TrackingState& state = *tracker.conversations.tracking;
  if (state.redirect_to == 0) {
    // Without subscriptions RESP2 has no place for messages.
    if (tracker.chosen.protocol == ProtocolVersion::resp3) tracker.push(message.in(tracker.chosen.protocol));
    return;
  }
  Session* receiver = clients_.find(state.redirect_to);
  state.is_redirect_broken = receiver == nullptr;
  if (receiver == nullptr) {
    if (tracker.chosen.protocol == ProtocolVersion::resp3) tracker.push(encode_broken_redirect(state.redirect_to));
  } else if (receiver->chosen.protocol == ProtocolVersion::resp3 || receiver->is_subscribed()) {
    receiver->push(message.in(receiver->chosen.protocol));
  }
}

void TrackingTable::forget_everything() {
  if (read_keys_.key_count() == 0) return;
  ReadKeys forgotten = std::exchange(read_keys_, ReadKeys());
  try {
    reaper_.discard(std::move(forgotten), 0);  // no objects of the databases are freed
  } catch (const std::bad_alloc&) {
    // Freed here.
  }
}

// Forgets keys that are too many, after telling their readers as if they had changed.
void TrackingTable::evict_excess(std::size_t count_max) {
  const auto keys_max = static_cast<std::size_t>(settings_.tracking_table_max_keys);
  if (keys_max == 0) return;
  for (; count_max > 0 && read_keys_.key_count() > keys_max; --count_max) {
    const ReadKeys::Taken taken = read_keys_.take_any();
    tell_readers(taken.key, taken.readers, nullptr);
  }
}

void TrackingTable::tell(dispatch::FigureSection section, dispatch::FigureSink& sink) const {
  if (section == dispatch::FigureSection::clients) sink.field("tracking_clients", client_count_);
  if (section != dispatch::FigureSection::stats) return;
  sink.field("tracking_total_keys", read_keys_.key_count());
  sink.field("tracking_total_items", read_keys_.reader_count());
  sink.field("tracking_total_prefixes", broadcasts_.prefix_count());
}

}  // namespace sluice::tracking
