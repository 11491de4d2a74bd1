#include "server/pubsub/broker.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <string>

#include "tests/unit/dispatch/fake_connection.hpp"

namespace sluice::pubsub {
namespace {

using protocol::ProtocolVersion;

struct Client {
  explicit Client(std::uint64_t id) : session(id, {}, connection) {}
  dispatch::tests::FakeConnection connection;
  dispatch::Session session;
};

struct Fixture {
  Client& add(ProtocolVersion version = ProtocolVersion::resp2) {
    Client& client = added.emplace_back(added.size() + 1);
    client.session.chosen.protocol = version;
    return client;
  }
  Client& add_subscriber(Kind kind, std::string_view name, ProtocolVersion version = ProtocolVersion::resp2) {
    Client& client = add(version);
    broker.subscribe(client.session, kind, name);
    return client;
  }

  dispatch::ClientRegistry clients;
  Broker broker{clients};
  std::deque<Client> added;
};

TEST_CASE_FIXTURE(Fixture, "a message is encoded once for all subscribers of a protocol version, who share its bytes") {
  Client& first = add_subscriber(Kind::channel, "news");
  Client& second = add_subscriber(Kind::channel, "news");
  Client& third = add_subscriber(Kind::channel, "news", ProtocolVersion::resp3);
  Client& fourth = add_subscriber(Kind::channel, "news", ProtocolVersion::resp3);

  CHECK(broker.publish(Kind::channel, "news", "hello") == 4);

  CHECK(first.connection.pushed == "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n");
  CHECK(third.connection.pushed == ">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n");
  CHECK(first.connection.pushes[0] == second.connection.pushes[0]);
  CHECK(third.connection.pushes[0] == fourth.connection.pushes[0]);
}

TEST_CASE_FIXTURE(Fixture, "so is what those receive who have subscribed to the same pattern") {
  Client& first = add_subscriber(Kind::pattern, "n*");
  Client& second = add_subscriber(Kind::pattern, "n*");
  Client& other = add_subscriber(Kind::pattern, "?ews");

  CHECK(broker.publish(Kind::channel, "news", "hello") == 3);

  CHECK(first.connection.pushed == "*4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$5\r\nhello\r\n");
  CHECK(first.connection.pushes[0] == second.connection.pushes[0]);
  CHECK(other.connection.pushed == "*4\r\n$8\r\npmessage\r\n$4\r\n?ews\r\n$4\r\nnews\r\n$5\r\nhello\r\n");
}

TEST_CASE_FIXTURE(Fixture, "a shard channel and a channel of the same name have nothing to do with each other") {
  Client& plain = add_subscriber(Kind::channel, "news");
  Client& sharded = add_subscriber(Kind::shard_channel, "news");
  Client& pattern = add_subscriber(Kind::pattern, "*");

  CHECK(broker.publish(Kind::shard_channel, "news", "hello") == 1);

  CHECK(plain.connection.pushed.empty());
  CHECK(pattern.connection.pushed.empty());
  CHECK(sharded.connection.pushed == "*3\r\n$8\r\nsmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n");
}

TEST_CASE_FIXTURE(Fixture, "subscribers leave in any order, and the others stay") {
  Client& first = add_subscriber(Kind::channel, "news");
  Client& second = add_subscriber(Kind::channel, "news");
  Client& third = add_subscriber(Kind::channel, "news");

  CHECK(broker.unsubscribe(first.session, Kind::channel, "news"));
  CHECK_FALSE(broker.unsubscribe(first.session, Kind::channel, "news"));
  clients.remove(third.session);

  CHECK(broker.publish(Kind::channel, "news", "hello") == 1);
  CHECK_FALSE(second.connection.pushed.empty());
  CHECK(broker.client_count() == 1);
  clients.remove(second.session);
  CHECK(broker.publish(Kind::channel, "news", "hello") == 0);
  CHECK(broker.index(Kind::channel).empty());
  CHECK(broker.client_count() == 0);
}

TEST_CASE_FIXTURE(Fixture, "a connection that ends is forgotten in all that it had subscribed to") {
  Client& client = add();
  for (const std::string name : {"a", "b", "c"}) {
    for (const Kind kind : {Kind::channel, Kind::pattern, Kind::shard_channel}) {
      CHECK(broker.subscribe(client.session, kind, name));
      CHECK_FALSE(broker.subscribe(client.session, kind, name));
    }
  }
  clients.remove(client.session);
  for (const Kind kind : {Kind::channel, Kind::pattern, Kind::shard_channel}) CHECK(broker.index(kind).empty());
  CHECK(client.session.conversations.subscriptions == nullptr);
}

}  // namespace
}  // namespace sluice::pubsub
