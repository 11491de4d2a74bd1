#include "server/net/completion_queue.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>

namespace sluice::net {
namespace {

// A connection that writes down what it is told.
struct Connection final : Answerable {
  void on_answered() override {
    told += 'a';
    if (when_answered) when_answered();
  }
  void on_pushed() override { told += 'p'; }
  void on_resumed() override { told += 'r'; }
  void on_quiet() override { told += 'q'; }
  void on_close_requested() override { told += 'c'; }

  std::string told;
  std::function<void()> when_answered;
};

struct Fixture {
  boost::asio::io_context context;
  CompletionQueue shared{context.get_executor(), CompletionQueue::Thread::shared_with_manager};
  CompletionQueue remote{context.get_executor(), CompletionQueue::Thread::own};
  Connection first;
  Connection second;
};

TEST_CASE("on the manager's own thread a connection is told within the flush, in the order of the messages") {
  Fixture given;
  given.shared.add(given.first, &Answerable::on_answered);
  given.shared.add(given.first, &Answerable::on_pushed);
  given.shared.add(given.first, &Answerable::on_resumed);
  CHECK(given.first.told.empty());
  given.shared.flush();
  CHECK(given.first.told == "apr");
}

TEST_CASE("what a connection causes by being told is delivered by the same flush") {
  Fixture given;
  given.first.when_answered = [&] { given.shared.add(given.second, &Answerable::on_close_requested); };
  given.shared.add(given.first, &Answerable::on_answered);
  given.shared.flush();
  CHECK(given.second.told == "c");
}

TEST_CASE("for another thread messages are gathered, and all delivered with one wake-up") {
  Fixture given;
  given.remote.add(given.first, &Answerable::on_answered);
  given.remote.add(given.second, &Answerable::on_pushed);
  CHECK(given.context.poll() == 0);
  given.context.restart();
  given.remote.flush();
  CHECK(given.first.told + given.second.told == "");
  CHECK(given.context.poll() == 1);
  CHECK(given.first.told == "a");
  CHECK(given.second.told == "p");
}

TEST_CASE("a flush without messages wakes nobody") {
  Fixture given;
  given.remote.flush();
  CHECK(given.context.poll() == 0);
}

}  // namespace
}  // namespace sluice::net
