#include "server/tracking/broadcasts.hpp"

#include <new>
#include <utility>

#include "server/dispatch/clients/conversations.hpp"

namespace sluice::tracking {

using dispatch::Session;

void Broadcasts::add(std::string_view prefix, Session& session) {
  Audience& audience = audiences_.try_emplace(std::string(prefix)).first->second;
  try {
    audience.sessions.push_back(&session);
  } catch (const std::bad_alloc&) {
    remove(prefix, session);
    throw;
  }
}

void Broadcasts::remove(std::string_view prefix, const Session& session) {
  const auto found = audiences_.find(prefix);
  if (found == audiences_.end()) return;
  std::erase(found->second.sessions, &session);
  if (found->second.sessions.empty()) audiences_.erase(found);
}

void Broadcasts::note_change(std::string_view key, std::uint64_t changer) noexcept {
  for (auto& [prefix, audience] : audiences_) {
    if (!key.starts_with(prefix)) continue;
    has_changes_ = true;
    try {
      note_change(audience, key, changer);
    } catch (const std::bad_alloc&) {
      audience.has_lost_changes = true;
    }
  }
}

void Broadcasts::note_change(Audience& audience, std::string_view key, std::uint64_t changer) {
  const auto found = audience.changes.find(key);
  if (found == audience.changes.end()) {
    audience.changes.emplace(key, changer);
  } else if (found->second != changer) {
    found->second = 0;
  }
}

void Broadcasts::tell(const std::function<void(Session&, const Keys&)>& receive) {
  has_changes_ = false;
  for (auto& [prefix, audience] : audiences_) {
    if (audience.changes.empty() && !audience.has_lost_changes) continue;
    for (Session* session : audience.sessions) {
      try {
        const Keys keys = audience.has_lost_changes ? Keys() : keys_for(*session, audience);
        if (!keys.empty() || audience.has_lost_changes) receive(*session, keys);
      } catch (const std::bad_alloc&) {
        session->lose();
      }
    }
    audience.changes.clear();
    audience.has_lost_changes = false;
  }
}

Broadcasts::Keys Broadcasts::keys_for(const Session& session, const Audience& audience) {
  Keys keys;
  for (const auto& [key, changer] : audience.changes) {
    if (!session.conversations.tracking->skips_own_changes || changer != session.id) keys.push_back(key);
  }
  return keys;
}

}  // namespace sluice::tracking
