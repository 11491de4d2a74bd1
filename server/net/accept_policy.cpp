#include "server/net/accept_policy.hpp"

namespace sluice::net {

std::optional<std::string_view> refuse_connection(const dispatch::Endpoints& endpoints,
                                                  const dispatch::Settings& settings, std::int64_t connection_count) {
  if (connection_count >= settings.maxclients) return "ERR max number of clients reached";
  if (settings.protected_mode && !settings.requires_password && !endpoints.is_loopback) {
    return "DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the "
           "default user. In this mode connections are only accepted from the loopback interface. To connect from "
           "another host, set a password with requirepass, or switch protected mode off with 'CONFIG SET "
           "protected-mode no' from the loopback interface, or start the server with '--protected-mode no'.";
  }
  return std::nullopt;
}

}  // namespace sluice::net
