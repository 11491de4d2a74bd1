#include "server/net/oneshot.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "server/net/asio_types.hpp"

namespace sluice::net {
namespace {

namespace asio = boost::asio;

// Waits as a Handler does, `times` over, and counts.
Awaitable<> await_events(Oneshot& oneshot, int times, int& count) {
  for (int event = 0; event < times; ++event) {
    if (!oneshot.take_fulfilled()) co_await oneshot.wait();
    ++count;
  }
}

struct Fixture {
  void start_waiting(Oneshot& oneshot, int times, int& count) {
    asio::co_spawn(context.get_executor(), await_events(oneshot, times, count), asio::detached);
    context.poll();
  }

  asio::io_context context;
  Oneshot first;
  Oneshot second;
};

TEST_CASE("who waits is resumed when the event comes") {
  Fixture given;
  int count = 0;
  given.start_waiting(given.first, 1, count);
  CHECK(count == 0);
  given.first.fulfil();
  CHECK(count == 1);
}

TEST_CASE("an event that came before is not waited for") {
  Fixture given;
  int count = 0;
  given.first.fulfil();
  given.start_waiting(given.first, 1, count);
  CHECK(count == 1);
  CHECK_FALSE(given.first.take_fulfilled());
}

TEST_CASE("a oneshot serves one event after another") {
  Fixture given;
  int count = 0;
  given.start_waiting(given.first, 3, count);
  for (int event = 1; event <= 3; ++event) {
    given.first.fulfil();
    CHECK(count == event);
  }
}

TEST_CASE("who waits can be woken to look at something else, and nothing is remembered of it") {
  Fixture given;
  int count = 0;
  given.first.wake();
  given.start_waiting(given.first, 1, count);
  CHECK(count == 0);
  given.first.wake();
  CHECK(count == 1);
}

}  // namespace
}  // namespace sluice::net
