#pragma once

#include <cstdint>
#include <vector>

#include "server/dispatch/clients/client_registry.hpp"
#include "server/dispatch/requests/spec.hpp"

namespace sluice::dispatch {

// The connections that are shown every command (MONITOR). The manager's.
class Monitors final : private SessionListener {
 public:
  explicit Monitors(ClientRegistry& clients) { clients.add_listener(*this); }

  void add(Session& session);
  bool empty() const { return sessions_.empty(); }
  // Shows a command that `session` has executed to all of them, unless it is an administrator's; the line is built
  // once.
  void show(const Session& session, const SpecFields& spec, Words request, std::int64_t now_us) const noexcept;

 private:
  void on_conversations_ended(Session& session) override;

  std::vector<Session*> sessions_;
};

}  // namespace sluice::dispatch
