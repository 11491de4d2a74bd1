#pragma once

#include "server/dispatch/batch.hpp"
#include "server/net/bounded_channel.hpp"
#include "server/net/oneshot.hpp"

namespace sluice::net {

// What travels through the channel: a batch, and where to say that it has been answered. Both belong to the Handler
// that sent it, which stays until it is answered.
struct Envelope {
  dispatch::Batch* batch = nullptr;
  Oneshot* answered = nullptr;
  CompletionQueue* completions = nullptr;
};

using BatchChannel = BoundedChannel<Envelope>;

}  // namespace sluice::net
