#pragma once

#include <span>
#include <string_view>

#include "server/dispatch/clients/session.hpp"
#include "server/dispatch/clients/shared_reply.hpp"

namespace sluice::tracking {

// The message that keys have changed, encoded once for each protocol that its receivers speak.
class Invalidation {
 public:
  // No keys: everything has changed. Views the keys.
  explicit Invalidation(std::span<const std::string_view> keys) : keys_(keys) {}

  // RESP3: a push of its own kind. RESP2: a message of the channel __redis__:invalidate.
  const dispatch::SharedBytes& in(protocol::ProtocolVersion version);

 private:
  dispatch::SharedBytes encode(protocol::ProtocolVersion version) const;

  std::span<const std::string_view> keys_;
  dispatch::SharedReply bytes_;
};

// Tells a RESP3 connection that the one that should have been told instead of it, `redirect_to`, is gone.
dispatch::SharedBytes encode_broken_redirect(std::uint64_t redirect_to);

}  // namespace sluice::tracking
