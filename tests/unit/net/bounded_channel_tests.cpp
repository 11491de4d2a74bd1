#include "server/net/bounded_channel.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include "server/net/asio_types.hpp"

namespace sluice::net {
namespace {

namespace asio = boost::asio;
using Channel = BoundedChannel<int>;
using Status = Channel::SendStatus;

// Everything that is in the channel now.
std::vector<int> take(Channel& channel) {
  std::vector<int> taken;
  channel.try_receive(taken);
  return taken;
}

// The fate of a coroutine that sends one item.
enum class Outcome { waiting, sent, refused };

Awaitable<> send_one(Channel& channel, int item, Outcome& outcome) {
  const bool accepted = co_await channel.send(item);
  outcome = accepted ? Outcome::sent : Outcome::refused;
}

Awaitable<> send_range(Channel& channel, int count) {
  for (int item = 0; item < count; ++item) co_await channel.send(item);
  channel.close();
}

struct Received {
  std::vector<int> items;
  std::size_t most_at_once = 0;
  bool has_ended = false;
};

Awaitable<> receive_all(Channel& channel, Received& received) {
  std::vector<int> taken;
  while (co_await channel.wait_for_items()) {
    taken.clear();
    channel.try_receive(taken);
    received.most_at_once = std::max(received.most_at_once, taken.size());
    received.items.insert(received.items.end(), taken.begin(), taken.end());
  }
  received.has_ended = true;
}

// A channel, and the coroutines around it; they run inside run().
struct Fixture {
  explicit Fixture(std::size_t capacity) : channel(capacity) {}

  void start_sending(int item, Outcome& outcome) { start(send_one(channel, item, outcome)); }
  void start(Awaitable<> coroutine) { asio::co_spawn(context.get_executor(), std::move(coroutine), asio::detached); }
  // Until all coroutines have ended or wait.
  void run() { context.poll(); }

  asio::io_context context;
  Channel channel;
};

TEST_CASE("items arrive in the order in which they were sent") {
  Channel channel(3);
  for (const int item : {1, 2, 3}) CHECK(channel.try_send(item) == Status::sent);
  CHECK(take(channel) == std::vector<int>{1, 2, 3});
  CHECK(take(channel).empty());
}

TEST_CASE("a full channel takes nothing more until something is received") {
  Channel channel(2);
  channel.try_send(1);
  channel.try_send(2);
  CHECK(channel.try_send(3) == Status::full);
  CHECK(channel.size() == 2);
  take(channel);
  CHECK(channel.try_send(3) == Status::sent);
}

TEST_CASE("a sender waits while the channel is full") {
  Fixture given(1);
  Outcome outcome = Outcome::waiting;
  given.channel.try_send(1);
  given.start_sending(2, outcome);
  given.run();
  CHECK(outcome == Outcome::waiting);
  CHECK(take(given.channel) == std::vector<int>{1});
  given.run();
  CHECK(outcome == Outcome::sent);
  CHECK(take(given.channel) == std::vector<int>{2});
}

TEST_CASE("those who wait are served first come, first served") {
  Fixture given(1);
  Outcome outcomes[] = {Outcome::waiting, Outcome::waiting, Outcome::waiting};
  given.channel.try_send(0);
  for (int item = 1; item <= 3; ++item) given.start_sending(item, outcomes[item - 1]);
  given.run();
  for (int item = 0; item <= 3; ++item) {
    CAPTURE(item);
    CHECK(take(given.channel) == std::vector<int>{item});
    given.run();
    for (int sender = 1; sender <= 3; ++sender) {
      CHECK(outcomes[sender - 1] == (sender <= item + 1 ? Outcome::sent : Outcome::waiting));
    }
  }
}

TEST_CASE("a newcomer does not overtake those who wait") {
  Fixture given(1);
  Outcome first = Outcome::waiting;
  Outcome second = Outcome::waiting;
  given.channel.try_send(1);
  given.start_sending(2, first);
  given.start_sending(3, second);
  given.run();
  take(given.channel);
  CHECK(given.channel.try_send(4) == Status::full);
  CHECK(take(given.channel) == std::vector<int>{2});
  CHECK(take(given.channel) == std::vector<int>{3});
}

TEST_CASE("a receiver waits until there is something") {
  Fixture given(4);
  Received received;
  given.start(receive_all(given.channel, received));
  given.run();
  CHECK(received.items.empty());
  given.channel.try_send(7);
  given.run();
  CHECK(received.items == std::vector<int>{7});
  CHECK_FALSE(received.has_ended);
  given.channel.close();
  given.run();
  CHECK(received.has_ended);
}

TEST_CASE("any capacity carries everything in order and never holds more") {
  for (const std::size_t capacity : {1UL, 2UL, 1024UL}) {
    CAPTURE(capacity);
    constexpr int count = 5000;
    Fixture given(capacity);
    Received received;
    given.start(receive_all(given.channel, received));
    given.start(send_range(given.channel, count));
    given.run();
    std::vector<int> sent(count);
    std::iota(sent.begin(), sent.end(), 0);
    CHECK(received.items == sent);
    CHECK(received.most_at_once <= capacity);
    CHECK(received.has_ended);
  }
}

TEST_CASE("a closed channel refuses what is sent") {
  Fixture given(2);
  Outcome outcome = Outcome::waiting;
  given.channel.close();
  CHECK(given.channel.try_send(1) == Status::closed);
  given.start_sending(1, outcome);
  given.run();
  CHECK(outcome == Outcome::refused);
  CHECK(given.channel.size() == 0);
}

TEST_CASE("closing refuses the senders that wait") {
  Fixture given(1);
  Outcome outcomes[] = {Outcome::waiting, Outcome::waiting};
  given.channel.try_send(0);
  given.start_sending(1, outcomes[0]);
  given.start_sending(2, outcomes[1]);
  given.run();
  given.channel.close();
  given.run();
  for (const Outcome outcome : outcomes) CHECK(outcome == Outcome::refused);
  CHECK(take(given.channel) == std::vector<int>{0});
}

TEST_CASE("what was accepted before the closing is still received, and then the end") {
  Fixture given(2);
  given.channel.try_send(1);
  given.channel.try_send(2);
  given.channel.close();
  Received received;
  given.start(receive_all(given.channel, received));
  given.run();
  CHECK(received.items == std::vector<int>{1, 2});
  CHECK(received.has_ended);
}

}  // namespace
}  // namespace sluice::net
