// Asks a server for what redis-benchmark cannot.
//
//   loader fill PORT KEY_COUNT VALUE_BYTES [ttl]
//     puts exactly the keys key:000000000000, key:000000000001, … into it, as fast as it can; `ttl`: each key expires
//     in one to thirty days
//   loader repeat PORT COUNT WORD...
//     sends the request of these words so often, as fast as it can; its reply has one line. A word is a format string
//     of libfmt: {n} stands for the number of the request, {group} and {member} for its quotient and its rest by ten,
//     {random} for a random number below COUNT
//   loader pauses PORT COUNT DEPTH WORD...
//     the same, and prints round trips of DEPTH pipelined requests, and of PINGs between them
//   loader time PORT WORD...
//     sends one request and prints how many microseconds its reply of one line took
//   loader transactions PORT COUNT VALUE_BYTES DEPTH
//     runs transactions of ten SETs, DEPTH of them pipelined, and prints how many a second there were
//   loader subscribe PORT COUNT MESSAGE_COUNT
//     so many connections subscribe to "channel", of which it tells with a line; it ends when each has received so many
//     messages without line ends in them
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <exception>
#include <iterator>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace sluice::bench {
namespace {

// A blocking connection to a server on this machine. Throws when the server is gone or answers with an error.
class Connection {
 public:
  static constexpr std::size_t receive_bytes = 1 << 16;

  explicit Connection(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
  }
  ~Connection() { ::close(descriptor_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Sends requests whose replies are one line each, and waits for as many replies.
  void exchange(std::string_view requests, std::size_t reply_count) {
    while (!requests.empty()) {
      const ssize_t sent = ::send(descriptor_, requests.data(), requests.size(), MSG_NOSIGNAL);
      if (sent < 0) fail("send");
      requests.remove_prefix(static_cast<std::size_t>(sent));
    }
    while (reply_count > 0) reply_count -= receive_replies();
  }

  int descriptor() const { return descriptor_; }
  // Takes what has come; returns the number of lines that ended in it.
  std::size_t receive_lines() { return static_cast<std::size_t>(std::ranges::count(receive(), '\n')); }

 private:
  // Waits for bytes.
  std::string_view receive() {
    const ssize_t received = ::recv(descriptor_, received_.data(), received_.size(), 0);
    if (received < 0) fail("recv");
    if (received == 0) throw std::runtime_error("the server closed the connection");
    return {received_.data(), static_cast<std::size_t>(received)};
  }

  // Waits for bytes, and answers with the number of reply lines that ended in them.
  std::size_t receive_replies() {
    const std::string_view bytes = receive();
    if (bytes.contains('-')) throw std::runtime_error("the server refused: " + std::string(bytes));
    return static_cast<std::size_t>(std::ranges::count(bytes, '\n'));
  }

  [[noreturn]] static void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

  int descriptor_;
  std::vector<char> received_ = std::vector<char>(receive_bytes);
};

void append_set(std::string& requests, std::uint64_t key_number, std::string_view value) {
  fmt::format_to(std::back_inserter(requests), "*3\r\n$3\r\nSET\r\n$16\r\nkey:{:012}\r\n${}\r\n{}\r\n", key_number,
                 value.size(), value);
}

void append_set_with_ttl(std::string& requests, std::uint64_t key_number, std::string_view value, int ttl_s) {
  const auto ttl = std::to_string(ttl_s);
  fmt::format_to(std::back_inserter(requests),
                 "*5\r\n$3\r\nSET\r\n$16\r\nkey:{:012}\r\n${}\r\n{}\r\n$2\r\nEX\r\n${}\r\n{}\r\n", key_number,
                 value.size(), value, ttl.size(), ttl);
}

// Requests of the same words but for their numbers; see `repeat` above.
class Template {
 public:
  Template(std::span<const std::string_view> words, std::uint64_t count)
      : words_(words.begin(), words.end()), random_number_(0, count - 1) {}

  void append(std::string& requests, std::uint64_t number) {
    constexpr std::uint64_t group_size = 10;
    fmt::format_to(std::back_inserter(requests), "*{}\r\n", words_.size());
    for (const std::string_view word : words_) {
      word_.clear();
      fmt::format_to(std::back_inserter(word_), fmt::runtime(word), fmt::arg("n", number),
                     fmt::arg("group", number / group_size), fmt::arg("member", number % group_size),
                     fmt::arg("random", random_number_(random_)));
      fmt::format_to(std::back_inserter(requests), "${}\r\n{}\r\n", word_.size(), word_);
    }
  }

 private:
  std::vector<std::string_view> words_;
  std::mt19937_64 random_{1};
  std::uniform_int_distribution<std::uint64_t> random_number_;
  std::string word_;
};

// Sends `key_count` requests in batches of up to `depth`; append(requests, key_number) writes one of them, whose reply
// has `reply_lines`.
template <typename Append>
void send_batches(Connection& connection, std::uint64_t key_count, std::uint64_t depth, std::size_t reply_lines,
                  Append append) {
  std::string requests;
  for (std::uint64_t key_number = 0; key_number < key_count;) {
    const std::uint64_t batch_end = std::min(key_number + depth, key_count);
    const auto batch_size = static_cast<std::size_t>(batch_end - key_number);
    requests.clear();
    for (; key_number < batch_end; ++key_number) append(requests, key_number);
    connection.exchange(requests, batch_size * reply_lines);
  }
}

void fill(Connection& connection, std::uint64_t key_count, std::string_view value, bool with_ttl) {
  constexpr std::uint64_t depth = 512;
  constexpr int day_s = 24 * 60 * 60;
  std::mt19937 random(1);
  std::uniform_int_distribution<int> ttl_s(day_s, 30 * day_s);
  send_batches(connection, key_count, depth, 1, [&](std::string& requests, std::uint64_t key_number) {
    if (with_ttl) {
      append_set_with_ttl(requests, key_number, value, ttl_s(random));
    } else {
      append_set(requests, key_number, value);
    }
  });
}

void repeat(Connection& connection, std::uint64_t count, Template request) {
  constexpr std::uint64_t depth = 512;
  send_batches(connection, count, depth, 1,
               [&](std::string& requests, std::uint64_t number) { request.append(requests, number); });
}

double timed_exchange_us(Connection& connection, std::string_view requests, std::size_t reply_count) {
  const auto start = std::chrono::steady_clock::now();
  connection.exchange(requests, reply_count);
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

// One line: what, how many round trips, and their median, 99th, 99.99th percentile and maximum in microseconds.
void print_round_trips(std::string_view what, std::vector<double>& trips_us) {
  std::ranges::sort(trips_us);
  const auto at = [&](double share) {
    return trips_us[static_cast<std::size_t>(share * static_cast<double>(trips_us.size() - 1))];
  };
  fmt::print("{}\t{}\t{:.1f}\t{:.1f}\t{:.1f}\t{:.1f}\n", what, trips_us.size(), at(0.5), at(0.99), at(0.9999), at(1));
}

// Every request is part of a measured round trip, so none that was slow can hide. The PINGs between them meet the same
// scheduler and never change the store: what their slowest shows is the noise of the machine.
void measure_pauses(Connection& connection, std::uint64_t count, std::uint64_t depth, Template request) {
  std::string pings;
  for (std::uint64_t ping = 0; ping < depth; ++ping) pings += "*1\r\n$4\r\nPING\r\n";

  std::vector<double> request_trips_us;
  std::vector<double> ping_trips_us;
  std::string requests;
  for (std::uint64_t number = 0; number + depth <= count;) {
    requests.clear();
    for (std::uint64_t each = 0; each < depth; ++each) request.append(requests, number++);
    request_trips_us.push_back(timed_exchange_us(connection, requests, depth));
    ping_trips_us.push_back(timed_exchange_us(connection, pings, depth));
  }
  print_round_trips("request", request_trips_us);
  print_round_trips("ping", ping_trips_us);
}

void run_transactions(Connection& connection, std::uint64_t count, std::string_view value, std::uint64_t depth) {
  constexpr std::uint64_t sets = 10;
  // MULTI, the queuing, and EXEC with the number of its replies before them.
  constexpr std::size_t reply_lines = 1 + sets + 1 + sets;
  std::mt19937_64 random(1);
  std::uniform_int_distribution<std::uint64_t> key_number(0, 999'999);
  const auto start = std::chrono::steady_clock::now();
  send_batches(connection, count, depth, reply_lines, [&](std::string& requests, std::uint64_t) {
    requests += "*1\r\n$5\r\nMULTI\r\n";
    for (std::uint64_t set = 0; set < sets; ++set) append_set(requests, key_number(random), value);
    requests += "*1\r\n$4\r\nEXEC\r\n";
  });
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  fmt::print("{:.0f}\n", static_cast<double>(count) / taken.count());
}

void subscribe(std::uint16_t port, std::uint64_t count, std::uint64_t message_count) {
  const int poller = ::epoll_create1(0);
  std::deque<Connection> connections;
  for (std::uint64_t number = 0; number < count; ++number) {
    Connection& connection = connections.emplace_back(port);
    constexpr std::size_t reply_lines = 6;
    connection.exchange("*2\r\n$9\r\nSUBSCRIBE\r\n$7\r\nchannel\r\n", reply_lines);
    epoll_event interest{.events = EPOLLIN, .data = {.ptr = &connection}};
    ::epoll_ctl(poller, EPOLL_CTL_ADD, connection.descriptor(), &interest);
  }
  fmt::print("subscribed\n");
  std::fflush(stdout);
  constexpr std::size_t message_lines = 7;
  std::size_t lines_left = count * message_count * message_lines;
  std::array<epoll_event, 256> events;
  while (lines_left > 0) {
    const int ready = ::epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    for (int index = 0; index < ready; ++index) {
      auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(index)].data.ptr);
      lines_left -= std::min(lines_left, connection.receive_lines());
    }
  }
}

std::uint64_t parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0) {
    throw std::invalid_argument("not a positive number: " + std::string(text));
  }
  return number;
}

using Arguments = std::span<const std::string_view>;

void run_on(Connection& connection, std::string_view task, Arguments arguments) {
  if (task == "time") {
    std::string request;
    Template(arguments, 1).append(request, 0);
    return fmt::print("{:.1f}\n", timed_exchange_us(connection, request, 1));
  }
  const std::uint64_t count = parse_number(arguments[0]);
  if (task == "repeat") return repeat(connection, count, Template(arguments.subspan(1), count));
  const std::uint64_t second = parse_number(arguments[1]);
  if (task == "pauses") return measure_pauses(connection, count, second, Template(arguments.subspan(2), count));
  const std::string value(second, 'x');
  const std::string_view last = arguments.size() > 2 ? arguments[2] : "";
  if (task == "fill") return fill(connection, count, value, last == "ttl");
  if (task == "transactions") return run_transactions(connection, count, value, parse_number(last));
  throw std::invalid_argument("no such task: " + std::string(task));
}

void run(Arguments arguments) {
  if (arguments.size() < 4) throw std::invalid_argument("usage: see the beginning of bench/loader.cpp");
  const auto port = static_cast<std::uint16_t>(parse_number(arguments[1]));
  if (arguments[0] == "subscribe") return subscribe(port, parse_number(arguments[2]), parse_number(arguments[3]));
  Connection connection(port);
  run_on(connection, arguments[0], arguments.subspan(2));
}

}  // namespace
}  // namespace sluice::bench

int main(int argument_count, char** arguments) {
  try {
    const std::vector<std::string_view> words(arguments + 1, arguments + argument_count);
    sluice::bench::run(words);
  } catch (const std::exception& error) {
    fmt::print(stderr, "loader: {}\n", error.what());
    return 1;
  }
}
