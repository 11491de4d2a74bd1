#pragma once

#include "server/dispatch/clients/batch.hpp"
#include "server/net/bounded_channel.hpp"

namespace sluice::net {

// The way of the batches to the manager. Each belongs to the Handler that sent it, which stays until the manager has
// answered (see dispatch::ConnectionControl).
using BatchChannel = BoundedChannel<dispatch::Batch*>;

}  // namespace sluice::net
