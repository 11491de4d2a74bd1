#include "server/dispatch/clients/watch_table.hpp"

#include <algorithm>

namespace sluice::dispatch {

void WatchTable::watch(Session& session, int database, std::string_view key) {
  // A key whose time has come before counts as absent from the start.
  exists(database, key);
  const auto entered = watchers_.try_emplace({database, key}).first;
  std::vector<Session*>& watchers = entered->second;
  if (std::ranges::find(watchers, &session) != watchers.end()) return;
  try {
    watchers.push_back(&session);
    watched_[&session].push_back(entered);
  } catch (...) {
    std::erase(watchers, &session);
    if (watchers.empty()) watchers_.erase(entered);
    throw;
  }
  session.conversations.watched_bytes += node_bytes + key.size();
  if (session.conversations.watched_count++ == 0) feed_.begin_interest();
}

bool WatchTable::is_unchanged(const Session& session) {
  const auto found = watched_.find(&session);
  if (found == watched_.end()) return true;
  // Looking at a key whose time has come removes it, which marks the session.
  for (const auto key : found->second) exists(key->first.database, key->first.key);
  return !session.conversations.has_stale_watch;
}

void WatchTable::unwatch(Session& session) {
  session.conversations.has_stale_watch = false;
  session.conversations.watched_bytes = 0;
  if (std::exchange(session.conversations.watched_count, 0) == 0) return;
  const auto node = watched_.extract(&session);
  for (const auto key : node.mapped()) {
    std::erase(key->second, &session);
    if (key->second.empty()) watchers_.erase(key);
  }
  feed_.end_interest();
}

void WatchTable::on_key_changed(int database, std::string_view key) {
  if (watchers_.empty()) return;
  const auto found = watchers_.find(DatabaseKeyView{database, key});
  if (found != watchers_.end()) mark(found->second);
}

void WatchTable::on_database_cleared(int database) {
  for (auto at = watchers_.lower_bound(DatabaseKeyView{database, {}});
       at != watchers_.end() && at->first.database == database; ++at) {
    if (exists(database, at->first.key)) mark(at->second);
  }
}

// A watched key has changed unless it is absent before and after.
void WatchTable::on_databases_swapped(int first, int second) {
  for (const auto& [key, sessions] : watchers_) {
    if (key.database != first && key.database != second) continue;
    if (exists(first, key.key) || exists(second, key.key)) mark(sessions);
  }
}

bool WatchTable::exists(int database, std::string_view key) {
  store::Keyspace& keyspace = databases_[static_cast<std::size_t>(database)];
  return keyspace.peek(keyspace.key_of(key)) != nullptr;
}

void WatchTable::mark(const std::vector<Session*>& sessions) {
  for (Session* session : sessions) session->conversations.has_stale_watch = true;
}

void WatchTable::tell(FigureSection section, FigureSink& sink) const {
  if (section != FigureSection::clients) return;
  sink.field("watching_clients", watched_.size());
  sink.field("total_watched_keys", watchers_.size());
}

}  // namespace sluice::dispatch
