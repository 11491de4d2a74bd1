// Publishing to many connections: what is published reaches every subscriber, whole and in its order, whoever comes and
// goes meanwhile.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/sanitizers.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

using protocol::Reply;

std::vector<Client> connect_subscribers(const ServerProcess& server, std::size_t count, const std::string& channel) {
  std::vector<Client> subscribers;
  for (std::size_t number = 0; number < count; ++number) {
    subscribers.push_back(server.connect());
    subscribers.back().send({"SUBSCRIBE", channel});
  }
  for (Client& subscriber : subscribers) REQUIRE(subscriber.read_reply());
  return subscribers;
}

// A pipeline of PUBLISH with the payloads "PREFIX<number>" from `first` on.
std::string publications(const std::string& channel, const std::string& prefix, std::size_t first, std::size_t count) {
  std::string bytes;
  for (std::size_t number = first; number < first + count; ++number) {
    bytes += encode_request({"PUBLISH", channel, prefix + std::to_string(number)});
  }
  return bytes;
}

std::string payload_of(const Reply& message) {
  return message.elements.size() == 3 ? message.elements[2].text : "(no message)";
}

// The payloads of the next `count` messages, fewer if the server closes the connection before.
std::vector<std::string> read_payloads(Client& subscriber, std::size_t count) {
  std::vector<std::string> payloads;
  while (payloads.size() < count) {
    const auto message = subscriber.read_reply();
    if (!message) break;
    payloads.push_back(payload_of(*message));
  }
  return payloads;
}

// "0", "1" and so on.
std::vector<std::string> numbers_below(std::size_t count) {
  std::vector<std::string> numbers;
  for (std::size_t number = 0; number < count; ++number) numbers.push_back(std::to_string(number));
  return numbers;
}

// The texts among `payloads` that begin with `prefix`, without the prefix.
std::vector<std::string> with_prefix(const std::vector<std::string>& payloads, std::string_view prefix) {
  std::vector<std::string> rest;
  for (const std::string& payload : payloads) {
    if (payload.starts_with(prefix)) rest.push_back(payload.substr(prefix.size()));
  }
  return rest;
}

ServerOptions server_with(const char* io_threads) {
  return sluice_server({"--io-threads", io_threads});
}

void check_everybody_receives_everything(const char* io_threads) {
  constexpr std::size_t subscriber_count = is_sanitized ? 200 : 1000;
  constexpr std::size_t burst_count = 10;
  constexpr std::size_t burst_size = 10;
  const std::vector<std::string> prefixes{"a", "b", "c", "d"};
  ServerProcess server(server_with(io_threads));
  std::vector<Client> subscribers = connect_subscribers(server, subscriber_count, "channel");
  std::vector<Client> publishers;
  for (std::size_t number = 0; number < prefixes.size(); ++number) publishers.push_back(server.connect());

  for (std::size_t burst = 0; burst < burst_count; ++burst) {
    for (std::size_t number = 0; number < publishers.size(); ++number) {
      publishers[number].send_bytes(publications("channel", prefixes[number], burst * burst_size, burst_size));
    }
  }

  for (Client& publisher : publishers) {
    for (std::size_t number = 0; number < burst_count * burst_size; ++number) {
      REQUIRE(publisher.read_reply()->integer == subscriber_count);
    }
  }
  const std::size_t message_count = prefixes.size() * burst_count * burst_size;
  const std::vector<std::string> first = read_payloads(subscribers[0], message_count);
  for (const std::string& prefix : prefixes) {
    CHECK(with_prefix(first, prefix) == numbers_below(burst_count * burst_size));
  }
  const auto differing = std::ranges::count_if(subscribers.begin() + 1, subscribers.end(), [&](Client& subscriber) {
    return read_payloads(subscriber, message_count) != first;
  });
  CHECK(differing == 0);
}

TEST_CASE("a thousand subscribers receive every message, each publisher's in order, and all of them in the same one") {
  check_everybody_receives_everything("1");
}

TEST_CASE("so they do with several I/O threads") {
  check_everybody_receives_everything("4");
}

// What a connection of RESP3 is sent, taken apart again.
struct Conversation {
  void take(const Reply& reply) {
    if (reply.kind != Reply::Kind::push) {
      replies.push_back(reply.kind == Reply::Kind::integer ? std::to_string(reply.integer) : reply.text);
    } else if (reply.elements[1].text == "own") {
      own.push_back(payload_of(reply));
      replies_before_own.push_back(replies.size());
    } else {
      others.push_back(payload_of(reply));
    }
  }

  std::vector<std::string> replies;
  std::vector<std::string> own;                 // messages that the connection published itself
  std::vector<std::size_t> replies_before_own;  // for each of them, the replies that came before
  std::vector<std::string> others;
};

void check_pushes_among_replies(const char* io_threads) {
  constexpr std::size_t count = is_sanitized ? 500 : 5000;
  ServerProcess server(server_with(io_threads));
  Client publisher = server.connect();
  Client client = server.connect();
  client.ask({"HELLO", "3"});
  client.ask({"SUBSCRIBE", "own"});
  client.ask({"SUBSCRIBE", "other"});

  std::string pipeline;
  for (const std::string& number : numbers_below(count)) {
    pipeline += encode_request({"ECHO", number}) + encode_request({"PUBLISH", "own", number});
  }
  publisher.send_bytes(publications("other", "", 0, count));
  client.send_bytes(pipeline);
  Conversation conversation;
  while (conversation.replies.size() + conversation.own.size() + conversation.others.size() < 4 * count) {
    const auto reply = client.read_reply();
    REQUIRE(reply);
    conversation.take(*reply);
  }

  std::vector<std::string> replies;
  std::vector<std::size_t> replies_before_own;
  for (const std::string& number : numbers_below(count)) {
    replies.insert(replies.end(), {number, "1"});
    replies_before_own.push_back(replies.size());
  }
  CHECK(conversation.replies == replies);
  CHECK(conversation.own == numbers_below(count));
  CHECK(conversation.replies_before_own == replies_before_own);
  CHECK(conversation.others == numbers_below(count));
}

TEST_CASE("in RESP3 messages stand between replies, what one has published oneself right behind the reply to that") {
  check_pushes_among_replies("1");
  check_pushes_among_replies("4");
}

void check_subscribers_that_leave(const char* io_threads) {
  constexpr std::size_t staying_count = 40;
  constexpr std::size_t leaving_count = 40;
  constexpr std::size_t burst_size = 50;
  ServerProcess server(server_with(io_threads));
  std::vector<Client> staying = connect_subscribers(server, staying_count, "channel");
  std::vector<Client> leaving = connect_subscribers(server, leaving_count, "channel");
  Client publisher = server.connect();

  // They leave without having read anything, so that their connections are reset.
  std::size_t message_count = 0;
  while (!leaving.empty()) {
    publisher.send_bytes(publications("channel", "", message_count, burst_size));
    message_count += burst_size;
    leaving.pop_back();
  }

  std::int64_t receiver_count = staying_count + leaving_count;
  for (std::size_t number = 0; number < message_count; ++number) {
    const std::int64_t received_by = publisher.read_reply()->integer;
    REQUIRE(received_by <= receiver_count);
    REQUIRE(received_by >= static_cast<std::int64_t>(staying_count));
    receiver_count = received_by;
  }
  for (Client& subscriber : staying) {
    REQUIRE(read_payloads(subscriber, message_count) == numbers_below(message_count));
  }
  CHECK(eventually([&] {
    return publisher.ask({"PUBSUB", "NUMSUB", "channel"}).elements[1].integer ==
           static_cast<std::int64_t>(staying_count);
  }));
}

TEST_CASE("subscribers that leave in the middle of a storm of messages do not disturb the others") {
  check_subscribers_that_leave("1");
  check_subscribers_that_leave("4");
}

void check_shutdown_with_subscribers(const char* io_threads) {
  constexpr std::size_t subscriber_count = 100;
  constexpr std::size_t message_count = 200;
  ServerProcess server(server_with(io_threads));
  std::vector<Client> subscribers = connect_subscribers(server, subscriber_count, "channel");
  Client publisher = server.connect();
  publisher.send_bytes(publications("channel", "", 0, message_count));
  for (std::size_t number = 0; number < message_count; ++number) publisher.read_reply();

  server.process().signal(SIGTERM);

  CHECK(server.wait() == 0);
  for (Client& subscriber : subscribers) {
    REQUIRE(read_payloads(subscriber, message_count + 1) == numbers_below(message_count));
  }
}

TEST_CASE("a server that is ended leaves its subscribers with all that was published") {
  check_shutdown_with_subscribers("1");
  check_shutdown_with_subscribers("4");
}

void check_shutdown_in_a_storm(const char* io_threads) {
  ServerProcess server(server_with(io_threads));
  std::vector<Client> subscribers = connect_subscribers(server, 100, "channel");
  Client publisher = server.connect();
  // The first reply tells that the storm has begun.
  constexpr std::size_t message_count = 2000;
  publisher.send_bytes(publications("channel", "", 0, message_count));
  REQUIRE(publisher.read_reply());

  server.process().signal(SIGTERM);

  CHECK(server.wait() == 0);
  for (Client& subscriber : subscribers) {
    const auto payloads = read_payloads(subscriber, message_count + 1);
    REQUIRE(payloads == numbers_below(payloads.size()));
  }
}

TEST_CASE("a server that is ended in the middle of a storm leaves no gaps in what its subscribers have received") {
  check_shutdown_in_a_storm("1");
  check_shutdown_in_a_storm("4");
}

void check_large_messages(const char* io_threads) {
  constexpr std::size_t mebibyte = 1024UL * 1024;
  ServerProcess server(server_with(io_threads));
  std::vector<Client> subscribers = connect_subscribers(server, 20, "channel");
  subscribers.push_back(server.connect());
  subscribers.back().ask({"PSUBSCRIBE", "chan*"});
  Client publisher = server.connect();
  std::vector<std::string> payloads;
  for (const char filling : {'x', '\r', '\0'}) payloads.emplace_back(3 * mebibyte + 1, filling);

  for (const std::string& payload : payloads) {
    CHECK(publisher.ask({"PUBLISH", "channel", payload}).integer == static_cast<std::int64_t>(subscribers.size()));
  }

  for (Client& subscriber : subscribers) {
    for (const std::string& payload : payloads) {
      const auto message = subscriber.read_reply();
      REQUIRE(message);
      // Not printed if it is wrong.
      const bool is_whole = message->elements.back().text == payload;
      REQUIRE(is_whole);
    }
  }
}

TEST_CASE("messages of several megabytes arrive whole") {
  check_large_messages("1");
  check_large_messages("4");
}

}  // namespace
}  // namespace sluice::tests
