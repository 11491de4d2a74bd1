#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "server/dispatch/clients/batch.hpp"
#include "server/dispatch/clients/blocked_clients.hpp"
#include "server/dispatch/clients/watch_table.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/dispatch/state/keyspace_events.hpp"
#include "server/store/keyspace/reaper.hpp"
#include "tests/unit/dispatch/fake_connection.hpp"

namespace sluice::dispatch {
namespace {

struct NoEvents final : KeyspaceEvents {
  void on_event(int, EventClass, std::string_view, std::string_view, std::span<const std::string_view>) override {}
};

struct Client {
  explicit Client(std::uint64_t id) : session(id, {}, connection) {}
  tests::FakeConnection connection;
  Session session;
};

struct Fixture {
  Fixture() { clock.set_ms(1'000'000); }

  void put(int database, std::string_view key) {
    store::Keyspace& keyspace = databases[static_cast<std::size_t>(database)];
    keyspace.put_string(keyspace.key_of(key), "value", store::StringEncoding::raw, store::Keyspace::Expiry::clear);
  }
  void park(Client& client, std::vector<std::string_view> keys, std::int64_t deadline_ms = 0,
            bool wakes_on_absence = false) {
    blocked.park(client.session, {.request = OwnedRequest(InvalidCommand{}, {}),
                                  .wakes_on_absence = wakes_on_absence,
                                  .keys = std::move(keys),
                                  .deadline_ms = deadline_ms});
  }

  base::Clock clock;
  store::Reaper reaper;
  DatabaseKey take_ready() {
    const DatabaseKey& ready = blocked.begin_serving();
    DatabaseKey taken = ready;
    blocked.end_serving(ready);
    return taken;
  }
  void release(Client& client, std::string_view reply) {
    protocol::ReplyBuffer buffer;
    buffer.append(reply);
    blocked.release(client.session, buffer);
  }

  store::Databases databases{2, base::KeyHasher(1), clock, reaper};
  NoEvents events;
  ClientRegistry clients;
  Effects effects;
  Settings settings;
  ChangeFeed feed{databases, events, effects, settings};
  Statistics statistics;
  BlockedClients blocked{feed, clients, clock, statistics};
  WatchTable watches{databases, feed, clients};
  Client first{1};
  Client second{2};
};

TEST_CASE_FIXTURE(Fixture, "a key that somebody waits for becomes ready when it changes, once") {
  park(first, {"a", "b"});
  put(0, "other");
  CHECK_FALSE(blocked.has_ready());
  put(0, "b");
  put(0, "b");
  CHECK(take_ready() == DatabaseKey{0, "b"});
  CHECK_FALSE(blocked.has_ready());
}

TEST_CASE_FIXTURE(Fixture,
                  "a key that changes while it is served is ready again, even if nobody waits for it any more") {
  park(first, {"a"});
  put(0, "a");
  const DatabaseKey& ready = blocked.begin_serving();
  put(0, "a");
  release(first, "answer");
  blocked.end_serving(ready);
  CHECK(blocked.has_ready());
  CHECK(take_ready() == DatabaseKey{0, "a"});
  CHECK(blocked.key_count() == 0);
}

TEST_CASE_FIXTURE(Fixture, "those who wait for a key are served in the order in which they came") {
  park(second, {"a"});
  park(first, {"a"});
  std::uint64_t arrival = 0;
  CHECK(blocked.next_waiting({0, "a"}, arrival) == &second.session);
  CHECK(blocked.next_waiting({0, "a"}, arrival) == &first.session);
  CHECK(blocked.next_waiting({0, "a"}, arrival) == nullptr);
}

TEST_CASE_FIXTURE(Fixture, "nobody waits for a key of the same name in another database") {
  park(first, {"a"});
  std::uint64_t arrival = 0;
  CHECK(blocked.next_waiting({1, "a"}, arrival) == nullptr);
}

TEST_CASE_FIXTURE(Fixture, "who is answered waits no longer, for any of its keys") {
  park(first, {"a", "b"}, 2'000'000);
  release(first, "answer");
  CHECK(first.connection.late_reply == "answer");
  CHECK(first.connection.resumed_count == 1);
  CHECK(blocked.size() == 0);
  CHECK(blocked.key_count() == 0);
  CHECK_FALSE(blocked.next_deadline_ms());
}

TEST_CASE_FIXTURE(Fixture, "the one whose time is over first is due first, and not before") {
  park(first, {"a"}, 1'000'500);
  park(second, {"a"}, 1'000'200);
  CHECK(blocked.next_deadline_ms() == 1'000'200);
  CHECK(blocked.find_due(1'000'199) == nullptr);
  CHECK(blocked.find_due(1'000'200) == &second.session);
  blocked.time_out(second.session);
  CHECK(second.connection.late_reply == "*-1\r\n");
}

TEST_CASE_FIXTURE(Fixture, "a connection that ends is forgotten wherever it waited") {
  park(first, {"a"}, 1'000'500);
  clients.remove(first.session);
  CHECK(blocked.size() == 0);
  CHECK(first.connection.resumed_count == 0);
}

TEST_CASE_FIXTURE(Fixture, "exchanging databases makes the waited keys of both ready") {
  park(first, {"a"});
  databases.swap(0, 1);
  CHECK(take_ready() == DatabaseKey{0, "a"});
}

TEST_CASE_FIXTURE(Fixture, "a client may want to know that its key has gone") {
  park(first, {"a"}, 0, true);
  park(second, {"b"});
  CHECK(blocked.is_absence_awaited({0, "a"}));
  CHECK_FALSE(blocked.is_absence_awaited({0, "b"}));
  CHECK(blocked.absence_key_count() == 1);
  put(0, "a");
  CHECK(take_ready() == DatabaseKey{0, "a"});
  databases[0].clear();
  CHECK(take_ready() == DatabaseKey{0, "a"});
  CHECK_FALSE(blocked.has_ready());
  release(first, "gone");
  CHECK(blocked.absence_key_count() == 0);
}

TEST_CASE_FIXTURE(Fixture, "a command may say what is replied when its time is over") {
  blocked.park(first.session, {.request = OwnedRequest(InvalidCommand{}, {}),
                               .keys = {"a"},
                               .deadline_ms = 1'000'001,
                               .on_timeout = [](protocol::ReplyWriter& reply) { reply.integer(7); }});
  blocked.time_out(first.session);
  CHECK(first.connection.late_reply == ":7\r\n");
}

TEST_CASE_FIXTURE(Fixture, "the memory of a session includes what it waits for and what it watches") {
  const std::string key(10'000, 'k');
  const std::size_t bytes_before = first.session.memory_bytes();
  park(first, {key});
  CHECK(first.session.memory_bytes() >= bytes_before + key.size());
  release(first, "answer");
  CHECK(first.session.memory_bytes() == bytes_before);
  watches.watch(first.session, 0, key);
  CHECK(first.session.memory_bytes() >= bytes_before + key.size());
  watches.unwatch(first.session);
  CHECK(first.session.memory_bytes() == bytes_before);
}

TEST_CASE_FIXTURE(Fixture, "a change to a watched key marks those who watch it, in that database") {
  watches.watch(first.session, 0, "a");
  watches.watch(second.session, 1, "a");
  put(0, "a");
  CHECK_FALSE(watches.is_unchanged(first.session));
  CHECK(watches.is_unchanged(second.session));
}

TEST_CASE_FIXTURE(Fixture, "a watched key that expires has changed, one that had expired before has not") {
  put(0, "a");
  store::Keyspace& keyspace = databases[0];
  keyspace.set_expiry(keyspace.key_of("a"), clock.now_ms() + 10);
  watches.watch(first.session, 0, "a");
  clock.advance_ms(10);
  watches.watch(second.session, 0, "a");
  CHECK_FALSE(watches.is_unchanged(first.session));
  CHECK(watches.is_unchanged(second.session));
}

TEST_CASE_FIXTURE(Fixture, "emptying a database changes those watched keys that exist") {
  put(0, "there");
  watches.watch(first.session, 0, "there");
  watches.watch(second.session, 0, "absent");
  databases.clear_all();
  CHECK_FALSE(watches.is_unchanged(first.session));
  CHECK(watches.is_unchanged(second.session));
}

TEST_CASE_FIXTURE(Fixture, "exchanging databases changes a watched key that exists in either") {
  put(1, "elsewhere");
  watches.watch(first.session, 0, "elsewhere");
  watches.watch(second.session, 0, "nowhere");
  databases.swap(0, 1);
  CHECK_FALSE(watches.is_unchanged(first.session));
  CHECK(watches.is_unchanged(second.session));
}

TEST_CASE_FIXTURE(Fixture, "who watches no longer is not marked, and starts anew") {
  watches.watch(first.session, 0, "a");
  put(0, "a");
  watches.unwatch(first.session);
  CHECK(watches.is_unchanged(first.session));
  put(0, "a");
  CHECK(watches.is_unchanged(first.session));
}

TEST_CASE_FIXTURE(Fixture, "what is pushed goes behind the command that runs, and else straight to the connection") {
  Batch batch;
  const auto bytes = [](std::string_view text) { return std::make_shared<const std::string>(text); };
  first.session.push(bytes("idle "));
  first.session.place.batch = &batch;
  first.session.push(bytes("queued "));
  first.session.place.is_executing = true;
  first.session.push(bytes("deferred "));
  batch.replies.append("reply ");
  first.session.place.is_executing = false;
  first.session.push_deferred();
  CHECK(first.connection.pushed == "idle ");
  CHECK(batch.replies.view() == "queued reply deferred ");
}

}  // namespace
}  // namespace sluice::dispatch
