#include "server/dispatch/clients/client_registry.hpp"

#include "server/dispatch/clients/conversations.hpp"

namespace sluice::dispatch {

void ClientRegistry::end_conversations(Session& session) const {
  session.conversations.transaction.reset();
  for (SessionListener* listener : listeners_) listener->on_conversations_ended(session);
}

}  // namespace sluice::dispatch
