#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstdint>
#include <functional>

#include "server/net/alarm.hpp"
#include "server/net/asio_types.hpp"

namespace sluice::net {

// What a watched socket can do now; a set of these.
struct ReadyFor {
  bool reading = false;  // there is input, or its end, or an error to be learned by reading
  bool writing = false;
  bool ending = false;  // the peer has closed its sending side, or the connection is broken
};

// Tells the connections of one thread when their sockets become ready.
//
// Asio's own way costs a connection two more system calls for each request: a read that finds nothing before each wait,
// and a turn of the event loop for every hand-over between coroutines. Here all sockets of a thread are in one
// edge-triggered epoll set, which Asio watches as a single descriptor; whatever is ready is dealt with in one go, and
// then `after_events` runs, which on the manager's thread is the manager. While there is traffic this goes round
// without Asio, which gets its turn for timers and signals every `turn_us_max`, and at once for the descriptors that
// make_way_for() names and after end_turn().
//
// Belongs to the thread that runs the executor's context, except that run_soon() may be called before that runs.
class Readiness {
 public:
  class Listener {
   public:
    // May stop watching, and may be destroyed within the call.
    virtual void on_ready(ReadyFor ready) = 0;

   protected:
    ~Listener() = default;
  };

  // Whether the thread may sleep here instead of in Asio's loop. That is so where nothing but Asio's timers, signals
  // and new connections happens outside of this object: timers and signals then wait for up to `turn_us_max`.
  enum class Sleep { here, in_asio };

  Readiness(IoExecutor executor, Sleep sleep);
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  // Called after each set of events and after run_soon(); returns whether it wants to be called again soon.
  void set_after_events(std::move_only_function<bool()> after_events) { after_events_ = std::move(after_events); }

  // Reports every change of the descriptor's readiness from now on, first its present state. Closing the descriptor
  // ends it. False when the system refuses.
  [[nodiscard]] bool watch(int descriptor, Listener& listener);

  // Has Asio get its turn when the descriptor, of which Asio takes care, becomes readable.
  void make_way_for(int descriptor);

  // Has Asio get its turn as soon as the events at hand are dealt with. Code on this thread calls it after leaving
  // something in Asio's queue that others wait for.
  void end_turn() {
    is_turn_over_ = true;
    asio_rounds_left_ = asio_rounds_max;
  }

  // Calls after_events soon, from the event loop.
  void run_soon();

 private:
  using Descriptor = boost::asio::posix::basic_stream_descriptor<IoExecutor>;
  enum class Wait { not_at_all, for_events };
  static constexpr std::int64_t turn_us_max = 1000;
  // A handler of Asio may leave more in its queue: accepting a connection, to start it; starting it, to go on with it.
  static constexpr int asio_rounds_max = 4;
  static constexpr int events_max = 256;

  void await_events();
  void go_round();
  void go_round_once();
  bool go_round_sleeping();
  bool go_round_briefly();
  bool take_events(Wait wait);
  int watch_for_asio(int descriptor);

  IoExecutor executor_;
  Sleep sleep_;
  Descriptor set_;
  Alarm alarm_;  // in the set; ends a wait at the end of the turn
  std::move_only_function<bool()> after_events_;
  bool is_awaiting_ = false;  // Asio will call when the set has events
  bool is_posted_ = false;    // a round is in Asio's queue
  bool is_going_round_ = false;
  bool is_turn_over_ = false;
  int asio_rounds_left_ = 0;  // of Asio's turn
};

}  // namespace sluice::net
