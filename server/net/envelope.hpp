#pragma once

#include "server/dispatch/clients/batch.hpp"
#include "server/net/bounded_channel.hpp"
#include "server/net/completion_queue.hpp"
#include "server/net/outbox.hpp"

namespace sluice::net {

// What travels through the channel: a batch, and whom to tell that it has been answered. All belong to the Handler that
// sent it, which stays until it is answered.
struct Envelope {
  dispatch::Batch* batch = nullptr;
  Answerable* sender = nullptr;
  Outbox* outbox = nullptr;
  CompletionQueue* completions = nullptr;
};

using BatchChannel = BoundedChannel<Envelope>;

}  // namespace sluice::net
