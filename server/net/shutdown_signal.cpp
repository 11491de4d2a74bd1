#include "server/net/shutdown_signal.hpp"

namespace sluice::net {

void ShutdownSignal::trigger(Urgency urgency) {
  is_triggered_ = true;
  for (Subscription& subscriber : subscribers_) subscriber.on_shutdown(urgency);
}

}  // namespace sluice::net
