#include "server/tracking/broadcasts.hpp"

#include <utility>

#include "server/dispatch/clients/conversations.hpp"

namespace sluice::tracking {

using dispatch::Session;

void Broadcasts::add(std::string_view prefix, Session& session) {
  auto found = audiences_.find(prefix);
  if (found == audiences_.end()) found = audiences_.emplace(prefix, Audience()).first;
  found->second.sessions.push_back(&session);
}

void Broadcasts::remove(std::string_view prefix, const Session& session) {
  const auto found = audiences_.find(prefix);
  if (found == audiences_.end()) return;
  std::erase(found->second.sessions, &session);
  if (found->second.sessions.empty()) audiences_.erase(found);
}

void Broadcasts::note_change(std::string_view key, std::uint64_t changer) {
  for (auto& [prefix, audience] : audiences_) {
    if (!key.starts_with(prefix)) continue;
    has_changes_ = true;
    const auto found = audience.changes.find(key);
    if (found == audience.changes.end()) {
      audience.changes.emplace(key, changer);
    } else if (found->second != changer) {
      found->second = 0;
    }
  }
}

void Broadcasts::tell(const std::function<void(Session&, const Keys&)>& receive) {
  has_changes_ = false;
  for (auto& [prefix, audience] : audiences_) {
    if (audience.changes.empty()) continue;
    for (Session* session : audience.sessions) {
      const Keys keys = keys_for(*session, audience);
      if (!keys.empty()) receive(*session, keys);
    }
    audience.changes.clear();
  }
}

Broadcasts::Keys Broadcasts::keys_for(const Session& session, const Audience& audience) {
  Keys keys;
  for (const auto& [key, changer] : audience.changes) {
    if (!session.tracking->skips_own_changes || changer != session.id) keys.push_back(key);
  }
  return keys;
}

}  // namespace sluice::tracking
