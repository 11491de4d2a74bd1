#pragma once

#include "protocol/reply_writer.hpp"
#include "server/dispatch/clients/session.hpp"

namespace sluice::dispatch {

// One reply for several connections, encoded once for each protocol version that any of them speaks.
class SharedReply {
 public:
  // The bytes in that version. The first time encode(version) makes them, as SharedBytes.
  template <class Encode>
  const SharedBytes& in(protocol::ProtocolVersion version, const Encode& encode) {
    SharedBytes& bytes = version == protocol::ProtocolVersion::resp3 ? resp3_ : resp2_;
    if (!bytes) bytes = encode(version);
    return bytes;
  }

 private:
  SharedBytes resp2_;
  SharedBytes resp3_;
};

}  // namespace sluice::dispatch
