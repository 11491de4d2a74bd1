#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>

namespace sluice::net {

// How soon a connection has to end.
enum class Urgency { after_batch, at_once };

// A broadcast to all who hold a subscription, on one thread. Once triggered it stays so. A list of listeners, each of
// which cancels its own socket, costs a connection nothing until the broadcast comes.
class ShutdownSignal {
 public:
  class Subscription
      : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    // Must not end any subscription before it returns.
    virtual void on_shutdown(Urgency urgency) = 0;

   protected:
    ~Subscription() = default;
  };

  bool is_triggered() const { return is_triggered_; }

  // Holds until the subscriber is destroyed. A subscriber that comes too late is not called: it asks is_triggered().
  void subscribe(Subscription& subscriber) { subscribers_.push_back(subscriber); }

  // Calls every subscriber. May be triggered again with greater urgency.
  void trigger(Urgency urgency);

 private:
  using Subscribers = boost::intrusive::list<Subscription, boost::intrusive::constant_time_size<false>>;
  Subscribers subscribers_;
  bool is_triggered_ = false;
};

}  // namespace sluice::net
