#include "server/net/shutdown_signal.hpp"

namespace sluice::net {

void ShutdownSignal::trigger() {
  is_triggered_ = true;
  while (!subscribers_.empty()) {
    Subscription& subscriber = subscribers_.front();
    subscribers_.pop_front();
    subscriber.on_shutdown();
  }
}

}  // namespace sluice::net
