#include "server/dispatch/clients/watch_table.hpp"

#include <algorithm>

namespace sluice::dispatch {

void WatchTable::watch(Session& session, int database, std::string_view key) {
  // A key whose time has come before counts as absent from the start.
  exists(database, key);
  const WatchedKey watched{database, std::string(key)};
  std::vector<Session*>& watchers = watchers_[watched];
  if (std::ranges::find(watchers, &session) != watchers.end()) return;
  watchers.push_back(&session);
  watched_[&session].push_back(watched);
  if (session.watched_count++ == 0) feed_.begin_interest();
}

bool WatchTable::is_unchanged(const Session& session) {
  const auto found = watched_.find(&session);
  if (found == watched_.end()) return true;
  // Looking at a key whose time has come removes it, which marks the session.
  for (const auto& [database, key] : found->second) exists(database, key);
  return !session.has_stale_watch;
}

void WatchTable::unwatch(Session& session) {
  session.has_stale_watch = false;
  if (std::exchange(session.watched_count, 0) == 0) return;
  const auto node = watched_.extract(&session);
  for (const WatchedKey& key : node.mapped()) {
    const auto found = watchers_.find(key);
    std::erase(found->second, &session);
    if (found->second.empty()) watchers_.erase(found);
  }
  feed_.end_interest();
}

void WatchTable::on_key_changed(int database, std::string_view key) {
  if (watchers_.empty()) return;
  const auto found = watchers_.find({database, std::string(key)});
  if (found != watchers_.end()) mark(found->second);
}

void WatchTable::on_database_cleared(int database) {
  for (auto at = watchers_.lower_bound({database, {}}); at != watchers_.end() && at->first.first == database; ++at) {
    if (exists(database, at->first.second)) mark(at->second);
  }
}

// A watched key has changed unless it is absent before and after.
void WatchTable::on_databases_swapped(int first, int second) {
  for (const auto& [key, sessions] : watchers_) {
    if (key.first != first && key.first != second) continue;
    if (exists(first, key.second) || exists(second, key.second)) mark(sessions);
  }
}

bool WatchTable::exists(int database, std::string_view key) {
  store::Keyspace& keyspace = databases_[static_cast<std::size_t>(database)];
  return keyspace.peek(keyspace.key_of(key)) != nullptr;
}

void WatchTable::mark(const std::vector<Session*>& sessions) {
  for (Session* session : sessions) session->has_stale_watch = true;
}

}  // namespace sluice::dispatch
