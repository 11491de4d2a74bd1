#include "server/dispatch/clients/client_limits.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "server/base/memory.hpp"
#include "server/dispatch/clients/batch.hpp"
#include "server/dispatch/clients/conversations.hpp"
#include "tests/unit/dispatch/fake_connection.hpp"

namespace sluice::dispatch {
namespace {

constexpr std::size_t mebibyte = 1024UL * 1024;

struct Client {
  explicit Client(std::uint64_t id) : session(id, {}, connection) {}
  void subscribe() {
    session.conversations.subscriptions = std::make_unique<Subscriptions>();
    session.conversations.subscriptions->channels.emplace("channel", 0);
  }

  tests::FakeConnection connection;
  Session session;
};

struct Fixture {
  Fixture() {
    clock.set_ms(1'000'000);
    limits.set_log([this](const std::string& line) { log.push_back(line); });
    for (Client* client : {&first, &second, &third}) clients.add(client->session);
  }

  bool is_closed(Client& client) {
    limits.close_exceeding();
    return client.connection.is_closed;
  }
  void owe(Client& client, std::size_t bytes) {
    client.connection.owed = client.connection.owed_pushed = bytes;
    limits.on_owed(client.session);
  }
  void pass_ms(std::int64_t by_ms) {
    clock.advance_ms(by_ms);
    limits.on_tick();
  }

  base::Clock clock;
  Settings settings;
  Statistics statistics;
  ClientRegistry clients;
  ClientLimits limits{clients, settings, clock, statistics};
  std::vector<std::string> log;
  Client first{1};
  Client second{2};
  Client third{3};
};

TEST_CASE_FIXTURE(Fixture, "who is owed the hard limit is closed") {
  settings.client_output_buffer_limit.normal = {.hard_bytes = 1000};
  owe(first, 999);
  CHECK_FALSE(is_closed(first));
  owe(first, 1000);
  CHECK(is_closed(first));
  CHECK(clients.find(1) == nullptr);
  CHECK(log.size() == 1);
  CHECK(statistics.closed_slow_readers == 1);
}

TEST_CASE_FIXTURE(Fixture, "who is over the soft limit is closed once its time is over") {
  settings.client_output_buffer_limit.normal = {.soft_bytes = 1000, .soft_seconds = 5};
  owe(first, 1000);
  pass_ms(5000);
  CHECK_FALSE(first.connection.is_closed);
  pass_ms(1);
  CHECK(first.connection.is_closed);
}

TEST_CASE_FIXTURE(Fixture, "who was below the soft limit meanwhile has its time again") {
  settings.client_output_buffer_limit.normal = {.soft_bytes = 1000, .soft_seconds = 5};
  owe(first, 1000);
  pass_ms(4000);
  owe(first, 0);
  owe(first, 1000);
  pass_ms(4000);
  CHECK_FALSE(first.connection.is_closed);
  pass_ms(1001);
  CHECK(first.connection.is_closed);
}

TEST_CASE_FIXTURE(Fixture, "subscribers have limits of their own") {
  settings.client_output_buffer_limit.normal = {.hard_bytes = 1000};
  settings.client_output_buffer_limit.pubsub = {.hard_bytes = 2000};
  second.subscribe();
  owe(first, 1500);
  owe(second, 1500);
  CHECK(is_closed(first));
  CHECK_FALSE(is_closed(second));
}

TEST_CASE_FIXTURE(Fixture,
                  "without limits for normal clients their replies are not limited, but what they are pushed") {
  first.connection.owed = 100 * mebibyte;
  limits.on_owed(first.session);
  CHECK_FALSE(is_closed(first));
  owe(second, 100 * mebibyte);
  CHECK(is_closed(second));
}

TEST_CASE_FIXTURE(Fixture, "a batch may make what its connection may still be owed, and the room that writers need") {
  settings.client_output_buffer_limit.normal = {.hard_bytes = 10 * mebibyte};
  settings.client_output_buffer_limit.pubsub = {.hard_bytes = 20 * mebibyte};
  second.subscribe();
  third.connection.owed = 11 * mebibyte;
  CHECK(limits.reply_bytes_max(first.session) == 11 * mebibyte);
  CHECK(limits.reply_bytes_max(second.session) == 21 * mebibyte);
  CHECK(limits.reply_bytes_max(third.session) == mebibyte);
}

TEST_CASE_FIXTURE(Fixture, "without a limit a batch may make what a part of the memory holds") {
  const std::size_t memory_part = base::usable_memory_bytes() / 4;
  CHECK(limits.reply_bytes_max(first.session) == memory_part);
  settings.client_output_buffer_limit.normal = {.hard_bytes = std::numeric_limits<std::uint64_t>::max()};
  CHECK(limits.reply_bytes_max(first.session) == memory_part + mebibyte);
}

TEST_CASE_FIXTURE(Fixture, "whose replies overflow is closed, and the log tells why") {
  limits.on_overflow(first.session);
  settings.client_output_buffer_limit.normal = {.hard_bytes = 1000};
  limits.on_overflow(second.session);
  limits.on_overflow(second.session);
  CHECK(is_closed(first));
  CHECK(is_closed(second));
  CHECK(statistics.closed_slow_readers == 2);
  REQUIRE(log.size() == 2);
  CHECK(log[0].ends_with(": its replies take more than there is memory for"));
  CHECK(log[1].ends_with(": its replies take more than client-output-buffer-limit allows for normal"));
}

TEST_CASE_FIXTURE(Fixture, "what is pushed among the replies may overflow them") {
  Batch batch;
  batch.session = &first.session;
  batch.replies.set_bytes_max(1000);
  first.session.place.batch = &batch;
  first.session.push(std::make_shared<const std::string>(1001, 'x'));
  CHECK(first.session.place.is_closing);
  CHECK(is_closed(first));
  CHECK(statistics.closed_slow_readers == 1);
}

TEST_CASE_FIXTURE(Fixture, "what is queued behind MULTI is limited like a single command") {
  settings.client_query_buffer_limit = 1000;
  first.session.conversations.transaction = std::make_unique<Transaction>();
  first.session.conversations.transaction->memory_bytes = 1000;
  limits.on_queued(first.session);
  CHECK_FALSE(is_closed(first));
  first.session.conversations.transaction->memory_bytes = 1001;
  limits.on_queued(first.session);
  CHECK(is_closed(first));
  CHECK(statistics.closed_large_queries == 1);
}

TEST_CASE_FIXTURE(Fixture, "when all clients take up too much, the largest are closed until the rest fits") {
  first.connection.input_buffer_bytes = 2 * mebibyte;
  second.connection.input_buffer_bytes = 3 * mebibyte;
  third.connection.input_buffer_bytes = 1 * mebibyte;
  settings.maxmemory_clients = 2 * mebibyte;
  limits.on_tick();
  CHECK(second.connection.is_closed);
  CHECK(first.connection.is_closed);
  CHECK_FALSE(third.connection.is_closed);
  CHECK(statistics.evicted_clients == 2);
}

TEST_CASE_FIXTURE(Fixture, "who must not be evicted counts, and stays") {
  first.connection.input_buffer_bytes = 5 * mebibyte;
  first.session.chosen.no_evict = true;
  second.connection.input_buffer_bytes = mebibyte;
  settings.maxmemory_clients = 4 * mebibyte;
  limits.on_tick();
  CHECK_FALSE(first.connection.is_closed);
  CHECK(second.connection.is_closed);
}

TEST_CASE_FIXTURE(Fixture, "a batch that makes all clients take up too much is dealt with before it runs") {
  settings.maxmemory_clients = 3 * mebibyte;
  for (Client* client : {&first, &second, &third}) {
    client->connection.input_buffer_bytes = mebibyte / 2;
    limits.on_received(client->session);
  }
  CHECK(statistics.evicted_clients == 0);
  second.connection.input_buffer_bytes = 3 * mebibyte;
  limits.on_received(second.session);
  CHECK(second.connection.is_closed);
  CHECK(second.session.place.is_closing);
  CHECK(statistics.evicted_clients == 1);
}

TEST_CASE_FIXTURE(Fixture, "maxmemory-clients may be a part of maxmemory, which has to be set then") {
  first.connection.input_buffer_bytes = 2 * mebibyte;
  settings.maxmemory_clients = -10;
  limits.on_tick();
  CHECK_FALSE(first.connection.is_closed);
  settings.maxmemory = 10 * mebibyte;
  limits.on_tick();
  CHECK(first.connection.is_closed);
}

TEST_CASE_FIXTURE(Fixture, "a limit that exempt connections exceed costs no walk over all until another one grows") {
  settings.maxmemory_clients = 2 * mebibyte;
  first.session.chosen.no_evict = true;
  first.connection.input_buffer_bytes = 3 * mebibyte;
  second.session.chosen.no_evict = true;
  third.session.chosen.no_evict = true;
  limits.on_received(first.session);
  const int looks_before = second.connection.looked_at_count;
  for (int count = 0; count < 100; ++count) limits.on_received(first.session);
  CHECK(second.connection.looked_at_count == looks_before);

  third.session.chosen.no_evict = false;
  third.connection.input_buffer_bytes = mebibyte;
  limits.on_received(third.session);
  CHECK(is_closed(third));
}

}  // namespace
}  // namespace sluice::dispatch
