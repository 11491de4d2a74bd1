#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "server/dispatch/clients/session.hpp"

namespace sluice::dispatch {

// Keeps something about connections, and hears of their ends.
class SessionListener {
 public:
  // The session is reset or goes away: it subscribes, watches, waits for and tracks nothing any more.
  virtual void on_conversations_ended(Session& session) = 0;

 protected:
  ~SessionListener() = default;
};

// The sessions of all connections, in the order of their ids, which is the order in which they came. The manager's;
// holds none of them alive: a session is added with the connection's first batch and removed with its last.
class ClientRegistry {
 public:
  void add(Session& session) {
    sessions_.emplace(session.id, &session);
    session.limits.push_listener = push_listener_;
  }
  // May be repeated.
  void remove(Session& session) {
    sessions_.erase(session.id);
    end_conversations(session);
  }
  void end_conversations(Session& session) const;
  // The listener must outlive the last session.
  void add_listener(SessionListener& listener) { listeners_.push_back(&listener); }
  // For the sessions that are added from now on; likewise.
  void set_push_listener(PushListener& listener) { push_listener_ = &listener; }

  // Whose command runs just now; null in between.
  Session* executing() const { return executing_; }
  void set_executing(Session* session) { executing_ = session; }

  Session* find(std::uint64_t id) const {
    const auto found = sessions_.find(id);
    return found == sessions_.end() ? nullptr : found->second;
  }
  std::size_t size() const { return sessions_.size(); }

  auto begin() const { return sessions_.begin(); }
  auto end() const { return sessions_.end(); }
  // The first whose id is `id` or above.
  auto from(std::uint64_t id) const { return sessions_.lower_bound(id); }

 private:
  std::map<std::uint64_t, Session*> sessions_;
  std::vector<SessionListener*> listeners_;
  PushListener* push_listener_ = nullptr;
  Session* executing_ = nullptr;
};

}  // namespace sluice::dispatch
