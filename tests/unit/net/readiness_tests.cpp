#include "server/net/readiness.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <string>
#include <string_view>

#include "server/net/socket.hpp"

namespace sluice::net {
namespace {

// Counts what it is told.
struct Listener final : Readiness::Listener {
  void on_ready(ReadyFor ready) override {
    reads += ready.reading ? 1 : 0;
    writes += ready.writing ? 1 : 0;
    ends += ready.ending ? 1 : 0;
  }
  int reads = 0;
  int writes = 0;
  int ends = 0;
};

// A pair of connected sockets, of which one is watched.
struct Fixture {
  explicit Fixture(Readiness::Sleep sleep) : readiness(context.get_executor(), sleep) {
    REQUIRE(readiness.watch(watched.descriptor(), listener));
  }

  void send(std::string_view text) { peer.write_some(text); }
  // Everything that can be done without waiting for input.
  void run() {
    for (int turns = 0; turns < 5; ++turns) {
      context.restart();
      context.poll();
    }
  }

  std::array<int, 2> pair = [] {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    return ends;
  }();
  Socket watched{pair[0]};
  Socket peer{pair[1]};
  Listener listener;
  boost::asio::io_context context;
  Readiness readiness;
};

TEST_CASE("input is reported once for each arrival, and the room for output once") {
  for (const auto sleep : {Readiness::Sleep::here, Readiness::Sleep::in_asio}) {
    Fixture given(sleep);
    given.run();
    CHECK(given.listener.reads == 0);
    CHECK(given.listener.writes == 1);
    given.send("one");
    given.run();
    CHECK(given.listener.reads == 1);
    given.run();
    CHECK(given.listener.reads == 1);
    given.send("two");
    given.run();
    CHECK(given.listener.reads == 2);
  }
}

TEST_CASE("the end of the peer is reported") {
  Fixture given(Readiness::Sleep::in_asio);
  given.peer.close();
  given.run();
  CHECK(given.listener.ends == 1);
}

TEST_CASE("after the events, and when asked for, the given work is done") {
  Fixture given(Readiness::Sleep::in_asio);
  int rounds = 0;
  given.readiness.set_after_events([&] {
    ++rounds;
    return false;
  });
  given.run();
  const int rounds_at_first = rounds;
  given.readiness.run_soon();
  CHECK(rounds == rounds_at_first);
  given.run();
  CHECK(rounds > rounds_at_first);
}

TEST_CASE("work that is not finished is taken up again without any event") {
  Fixture given(Readiness::Sleep::here);
  int left = 100;
  given.readiness.set_after_events([&] {
    if (left > 0) --left;
    return left > 0;
  });
  given.readiness.run_soon();
  given.run();
  CHECK(left == 0);
}

}  // namespace
}  // namespace sluice::net
