// A manager that stands still stops the reading of sockets: clients wait, and the server's memory does not grow.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/sanitizers.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

constexpr std::size_t mebibyte = 1024UL * 1024;

// The bytes that all clients together want to push: in a sanitizer build less, but still more than the sockets' buffers
// hold.
constexpr std::size_t total_bytes = is_sanitized ? 300 * mebibyte : 1100 * mebibyte;
constexpr std::size_t client_count = 16;
constexpr std::size_t value_bytes = 16UL * 1024;
constexpr std::size_t growth_bytes_max = is_sanitized ? 128 * mebibyte : 16 * mebibyte;

// A client that pushes the same request again and again, and reads replies only when it is told to.
class Pusher {
 public:
  Pusher(Client client, const Request& request, std::size_t request_count)
      : client_(std::move(client)), request_(encode_request(request)), request_count_(request_count) {}

  // Sends until the socket takes no more; whether anything was sent.
  bool push() {
    bool has_sent = false;
    while (sent_bytes_ < bytes_to_send()) {
      const auto count = client_.try_send(std::string_view(request_).substr(sent_bytes_ % request_.size()));
      if (!count) FAIL("the server has closed a connection");
      if (*count == 0) break;
      sent_bytes_ += *count;
      has_sent = true;
    }
    return has_sent;
  }

  // Takes the replies that are here and checks each; whether there were any.
  bool read_replies(std::string_view expected) {
    bool has_read = false;
    while (const auto reply = client_.try_read_reply()) {
      has_read = true;
      ++reply_count_;
      if (reply->text != expected) ++wrong_count_;
    }
    return has_read;
  }

  std::size_t sent_bytes() const { return sent_bytes_; }
  bool is_done() const { return reply_count_ == request_count_; }
  std::size_t wrong_count() const { return wrong_count_; }

 private:
  std::size_t bytes_to_send() const { return request_.size() * request_count_; }

  Client client_;
  std::string request_;
  std::size_t request_count_;
  std::size_t sent_bytes_ = 0;
  std::size_t reply_count_ = 0;
  std::size_t wrong_count_ = 0;
};

// The server, its clients, and how much memory it has taken at most since they began.
struct Fixture {
  Fixture(std::vector<std::string> arguments, const Request& request)
      : server(frugal_sluice_server(std::move(arguments))) {
    const std::size_t request_count = total_bytes / client_count / value_bytes;
    for (std::size_t number = 0; number < client_count; ++number) {
      pushers.emplace_back(server.connect(), request, request_count);
    }
    control.ask({"PING"});
    resident_bytes_before = server.process().resident_bytes();
  }

  // Whether any client could send something.
  bool push_all() {
    bool has_sent = false;
    for (Pusher& pusher : pushers) has_sent = pusher.push() || has_sent;
    note_memory();
    return has_sent;
  }

  // Pushes for as long as `goes_on` says.
  void push_while(const std::function<bool()>& goes_on) {
    while (goes_on()) {
      if (!push_all()) pause_between_polls();
    }
  }

  // Pushes and reads until every request has its reply.
  void finish(std::string_view expected_reply) {
    const auto step = [&] {
      bool has_moved = push_all();
      for (Pusher& pusher : pushers) has_moved = pusher.read_replies(expected_reply) || has_moved;
      return has_moved;
    };
    CHECK(eventually([&] {
      while (step()) {
      }
      return std::ranges::all_of(pushers, &Pusher::is_done);
    }));
    for (const Pusher& pusher : pushers) CHECK(pusher.wrong_count() == 0);
  }

  void note_memory() { resident_bytes_peak = std::max(resident_bytes_peak, server.process().resident_bytes()); }
  std::size_t growth_bytes() const {
    return resident_bytes_peak - std::min(resident_bytes_peak, resident_bytes_before);
  }
  std::size_t sent_bytes() const {
    std::size_t bytes = 0;
    for (const Pusher& pusher : pushers) bytes += pusher.sent_bytes();
    return bytes;
  }

  ServerProcess server;
  Client control = server.connect();
  std::vector<Pusher> pushers;
  std::size_t resident_bytes_before = 0;
  std::size_t resident_bytes_peak = 0;
};

// The clients push at a manager that sleeps; then nobody reads its replies; then all is read.
void check_backpressure(std::vector<std::string> arguments) {
  const std::string value(value_bytes, 'v');
  Fixture given(std::move(arguments), {"ECHO", value});

  given.control.send({"DEBUG", "SLEEP", "1.5"});
  given.push_while([&] { return !given.control.try_read_reply(); });
  CHECK(given.sent_bytes() < total_bytes);
  CHECK(given.growth_bytes() < growth_bytes_max);

  // The manager works again, but its replies are left where they are until nothing moves any more.
  int idle_rounds = 0;
  given.push_while([&] {
    idle_rounds = given.push_all() ? 0 : idle_rounds + 1;
    return idle_rounds < 50;
  });
  CHECK(given.sent_bytes() < total_bytes);
  CHECK(given.growth_bytes() < growth_bytes_max);

  given.finish(value);
  CHECK(given.sent_bytes() >= total_bytes);
  CHECK(given.growth_bytes() < growth_bytes_max);
}

TEST_CASE("a gigabyte pushed at a paused manager stays with the clients") {
  check_backpressure({});
}

TEST_CASE("the same with connections on threads of their own") {
  check_backpressure({"--io-threads", "4"});
}

TEST_CASE("the same through the narrowest channel") {
  check_backpressure({"--io-threads", "2", "--channel-capacity", "1"});
}

}  // namespace
}  // namespace sluice::tests
