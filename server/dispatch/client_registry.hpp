#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "server/dispatch/session.hpp"

namespace sluice::dispatch {

// The sessions of all connections, in the order of their ids, which is the order in which they came. The manager's;
// holds none of them alive: a session is added with the connection's first batch and removed with its last.
class ClientRegistry {
 public:
  void add(Session& session) { sessions_.emplace(session.id, &session); }
  void remove(Session& session) { sessions_.erase(session.id); }

  Session* find(std::uint64_t id) const {
    const auto found = sessions_.find(id);
    return found == sessions_.end() ? nullptr : found->second;
  }
  std::size_t size() const { return sessions_.size(); }

  auto begin() const { return sessions_.begin(); }
  auto end() const { return sessions_.end(); }

 private:
  std::map<std::uint64_t, Session*> sessions_;
};

}  // namespace sluice::dispatch
