#include "server/tracking/invalidation.hpp"

#include <memory>
#include <string>

#include "protocol/reply_writer.hpp"

namespace sluice::tracking {

using dispatch::SharedBytes;
using protocol::ProtocolVersion;
using protocol::ReplyBuffer;
using protocol::ReplyWriter;

const SharedBytes& Invalidation::in(ProtocolVersion version) {
  return bytes_.in(version, [this](ProtocolVersion its_version) { return encode(its_version); });
}

SharedBytes Invalidation::encode(ProtocolVersion version) const {
  ReplyBuffer buffer;
  ReplyWriter writer(buffer, version);
  if (version == ProtocolVersion::resp3) {
    writer.push(2);
    writer.bulk("invalidate");
  } else {
    writer.push(3);
    writer.bulk("message");
    writer.bulk("__redis__:invalidate");
  }
  if (keys_.empty()) {
    writer.null();
  } else {
    writer.array(keys_.size());
    for (const std::string_view key : keys_) writer.bulk(key);
  }
  return std::make_shared<const std::string>(buffer.view());
}

SharedBytes encode_broken_redirect(std::uint64_t redirect_to) {
  ReplyBuffer buffer;
  ReplyWriter writer(buffer, ProtocolVersion::resp3);
  writer.push(2);
  writer.bulk("tracking-redir-broken");
  writer.integer(static_cast<std::int64_t>(redirect_to));
  return std::make_shared<const std::string>(buffer.view());
}

}  // namespace sluice::tracking
