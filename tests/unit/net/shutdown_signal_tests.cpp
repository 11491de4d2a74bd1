#include "server/net/shutdown_signal.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

namespace sluice::net {
namespace {

class Subscriber final : public ShutdownSignal::Subscription {
 public:
  void on_shutdown(Urgency urgency) override { heard.push_back(urgency); }

  std::vector<Urgency> heard;
};

TEST_CASE("everyone who is subscribed hears of the shutdown") {
  ShutdownSignal signal;
  Subscriber subscribers[3];
  for (Subscriber& subscriber : subscribers) signal.subscribe(subscriber);
  CHECK_FALSE(signal.is_triggered());
  signal.trigger(Urgency::after_batch);
  CHECK(signal.is_triggered());
  for (const Subscriber& subscriber : subscribers) CHECK(subscriber.heard == std::vector{Urgency::after_batch});
}

TEST_CASE("whoever is still there hears of it again when it becomes urgent") {
  ShutdownSignal signal;
  Subscriber stays;
  auto leaves = std::make_unique<Subscriber>();
  signal.subscribe(stays);
  signal.subscribe(*leaves);
  signal.trigger(Urgency::after_batch);
  leaves.reset();
  signal.trigger(Urgency::at_once);
  CHECK(stays.heard == std::vector{Urgency::after_batch, Urgency::at_once});
}

TEST_CASE("a subscription ends with its subscriber") {
  ShutdownSignal signal;
  Subscriber stays;
  signal.subscribe(stays);
  {
    Subscriber leaves;
    signal.subscribe(leaves);
  }
  signal.trigger(Urgency::after_batch);
  CHECK(stays.heard.size() == 1);
}

TEST_CASE("who comes too late is not called, but can ask") {
  ShutdownSignal signal;
  signal.trigger(Urgency::after_batch);
  Subscriber late;
  signal.subscribe(late);
  CHECK(late.heard.empty());
  CHECK(signal.is_triggered());
}

}  // namespace
}  // namespace sluice::net
