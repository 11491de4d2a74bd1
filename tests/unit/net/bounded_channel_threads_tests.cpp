#include <doctest/doctest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "server/net/asio_types.hpp"
#include "server/net/bounded_channel.hpp"

namespace sluice::net {
namespace {

namespace asio = boost::asio;

struct Item {
  int sender = 0;
  int number = 0;
};
using Channel = BoundedChannel<Item>;

constexpr int threads = 4;
constexpr int senders_per_thread = 8;
constexpr int senders = threads * senders_per_thread;
constexpr int items_per_sender = 500;

Awaitable<> send_numbers(Channel& channel, int sender, int& accepted) {
  for (int number = 0; number < items_per_sender; ++number) {
    const Item item{sender, number};
    if (channel.try_send(item) != Channel::SendStatus::sent) {
      const bool is_accepted = co_await channel.send(item);
      if (!is_accepted) co_return;
    }
    ++accepted;
  }
}

// What the receiver saw; closes the channel once `closes_after` items have come.
struct Received {
  std::size_t closes_after = 0;
  std::size_t count = 0;
  std::size_t most_at_once = 0;
  std::vector<int> by_sender = std::vector<int>(senders);
  bool in_order = true;
};

Awaitable<> receive_numbers(Channel& channel, Received& received) {
  std::vector<Item> taken;
  while (co_await channel.wait_for_items()) {
    taken.clear();
    channel.try_receive(taken);
    received.most_at_once = std::max(received.most_at_once, taken.size());
    received.count += taken.size();
    for (const Item& item : taken) {
      int& next = received.by_sender[static_cast<std::size_t>(item.sender)];
      received.in_order = received.in_order && item.number == next++;
    }
    if (received.count >= received.closes_after) channel.close();
  }
}

// Eight senders and the thread that runs them. Other threads that post to the context must be done before it is
// destroyed.
class SendingThread {
 public:
  SendingThread(Channel& channel, int first_sender, std::vector<int>& accepted) {
    for (int sender = first_sender; sender < first_sender + senders_per_thread; ++sender) {
      asio::co_spawn(context_.get_executor(), send_numbers(channel, sender, accepted[static_cast<std::size_t>(sender)]),
                     asio::detached);
    }
    thread_ = std::jthread([this] { context_.run(); });
  }
  void join() { thread_.join(); }

 private:
  asio::io_context context_{1};
  std::jthread thread_;
};

// Runs all senders on threads of their own and the receiver on this one; returns how many items of each sender the
// channel accepted.
std::vector<int> run_all(Channel& channel, Received& received) {
  std::vector<int> accepted(senders);
  std::vector<std::unique_ptr<SendingThread>> sending;
  for (int thread = 0; thread < threads; ++thread) {
    sending.push_back(std::make_unique<SendingThread>(channel, thread * senders_per_thread, accepted));
  }
  asio::io_context context(1);
  asio::co_spawn(context.get_executor(), receive_numbers(channel, received), asio::detached);
  context.run();
  for (const auto& thread : sending) thread->join();
  return accepted;
}

TEST_CASE("senders on many threads: nothing is lost, each sender's items keep their order, the bound holds") {
  for (const std::size_t capacity : {1UL, 2UL, 1024UL}) {
    CAPTURE(capacity);
    Channel channel(capacity);
    Received received{.closes_after = std::size_t{senders} * items_per_sender};
    const auto accepted = run_all(channel, received);
    CHECK(received.count == received.closes_after);
    CHECK(received.in_order);
    CHECK(received.most_at_once <= capacity);
    CHECK(received.by_sender == accepted);
  }
}

TEST_CASE("a channel closed under load delivers exactly what it accepted") {
  for (const std::size_t capacity : {1UL, 64UL}) {
    CAPTURE(capacity);
    Channel channel(capacity);
    Received received{.closes_after = 2000};
    const auto accepted = run_all(channel, received);
    CHECK(received.in_order);
    CHECK(received.by_sender == accepted);
    CHECK(received.count < std::size_t{senders} * items_per_sender);
  }
}

}  // namespace
}  // namespace sluice::net
