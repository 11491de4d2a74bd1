#include "server/net/mailbox.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <string>
#include <thread>
#include <vector>

namespace sluice::net {
namespace {

constexpr int sender_count = 4;
constexpr int message_count = 5000;

// Has several threads send messages, and runs `context` until all have been delivered; checks that each sender's come
// in their order.
void exchange(boost::asio::io_context& context, Mailbox& mailbox, const std::function<void()>& on_each) {
  std::vector<int> received(sender_count, 0);
  int total = 0;
  std::vector<std::jthread> senders;
  for (int sender = 0; sender < sender_count; ++sender) {
    senders.emplace_back([&, sender] {
      for (int number = 0; number < message_count; ++number) {
        mailbox.send([&, sender, number] {
          CHECK(received[static_cast<std::size_t>(sender)]++ == number);
          on_each();
          if (++total == sender_count * message_count) context.stop();
        });
      }
    });
  }
  context.run();
  CHECK(total == sender_count * message_count);
}

}  // namespace

TEST_CASE("messages reach a thread that runs its io_context, in the order of each sender") {
  boost::asio::io_context context;
  Mailbox mailbox(context.get_executor());
  mailbox.connect_to_context();
  exchange(context, mailbox, [] {});
}

TEST_CASE("messages reach a thread whose io_context no other thread may touch") {
  boost::asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
  Readiness readiness(context.get_executor(), Readiness::Sleep::here);
  Mailbox mailbox(context.get_executor());
  mailbox.connect(readiness);
  // Stopping the context has to end the thread's turn, too.
  exchange(context, mailbox, [&] { readiness.end_turn(); });
}

TEST_CASE("messages that were sent before the mailbox is connected are delivered") {
  boost::asio::io_context context;
  Mailbox mailbox(context.get_executor());
  bool is_delivered = false;
  mailbox.send([&] {
    is_delivered = true;
    context.stop();
  });
  mailbox.connect_to_context();
  context.run();
  CHECK(is_delivered);
}

}  // namespace sluice::net
