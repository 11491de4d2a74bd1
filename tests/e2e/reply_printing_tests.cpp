// Transcripts are written as redis-cli prints replies. Here the real redis-cli prints some, and must agree with us.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "protocol/reply_parser.hpp"
#include "tests/support/client.hpp"
#include "tests/support/process.hpp"
#include "tests/support/reply_text.hpp"

namespace sluice::tests {
namespace {

// Listens for one connection and answers whatever it asks, but for the greeting of redis-cli, with the same bytes.
class CannedServer {
 public:
  explicit CannedServer(std::string reply) : reply_(std::move(reply)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    listening_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(listening_.get(), generic, size) != 0 || ::listen(listening_.get(), 1) != 0 ||
        ::getsockname(listening_.get(), generic, &size) != 0) {
      throw std::system_error(errno, std::generic_category(), "listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { serve(); });
  }
  ~CannedServer() { ::shutdown(listening_.get(), SHUT_RDWR); }

  std::uint16_t port() const { return port_; }

 private:
  void serve() const {
    const Descriptor connection(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    std::array<char, 4096> bytes;
    ssize_t count = 0;
    while ((count = ::recv(connection.get(), bytes.data(), bytes.size(), 0)) > 0) {
      const std::string_view request(bytes.data(), static_cast<std::size_t>(count));
      const std::string_view answer = request.find("HELLO") != std::string_view::npos ? greeting : reply_;
      ::send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }

  static constexpr std::string_view greeting = "%1\r\n$5\r\nproto\r\n:3\r\n";
  std::string reply_;
  Descriptor listening_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

std::vector<std::string> lines_of_redis_cli(const std::string& encoded_reply) {
  const CannedServer server(encoded_reply);
  const auto result = run_program({"redis-cli", "-3", "--no-raw", "-p", std::to_string(server.port()), "ASK"});
  std::istringstream output(result.output);
  std::vector<std::string> lines;
  for (std::string line; std::getline(output, line);) {
    lines.push_back(line.substr(0, line.find_last_not_of(" \r") + 1));
  }
  // Behind an error redis-cli leaves a line free.
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

TEST_CASE("replies are printed as redis-cli prints them") {
  const std::string ten_pairs = "$1\r\nk\r\n*2\r\n:1\r\n:2\r\n";
  std::string ten_pair_map = "%10\r\n";
  for (int pair = 0; pair < 10; ++pair) ten_pair_map += ten_pairs;
  const std::string encoded_replies[] = {
      "+status \"as it is\"\r\n",
      "-ERR wrong\r\n",
      ":-7\r\n",
      "$-1\r\n",
      "*-1\r\n",
      "_\r\n",
      "#f\r\n",
      ",1e+20\r\n",
      ",inf\r\n",
      "=8\r\ntxt:a\"\nb\r\n",
      std::string("$10\r\n\0\xff\n\t\r\a\b\\\"'\r\n", 17),
      "*0\r\n",
      "%0\r\n",
      "~0\r\n",
      "*3\r\n*2\r\n:1\r\n*1\r\n*2\r\n_\r\n-ERR x\r\n*0\r\n#t\r\n",
      "%2\r\n$1\r\na\r\n*1\r\n:1\r\n$1\r\nb\r\n*2\r\n:1\r\n:2\r\n",
      "%2\r\n$1\r\na\r\n%1\r\n:1\r\n:2\r\n$1\r\nb\r\n%2\r\n:1\r\n:2\r\n:3\r\n:4\r\n",
      "%1\r\n*2\r\n:1\r\n:2\r\n~2\r\n:3\r\n:4\r\n",
      "*1\r\n%2\r\n:1\r\n*2\r\n:1\r\n:2\r\n:3\r\n%0\r\n",
      "~2\r\n*2\r\n:1\r\n:2\r\n~0\r\n",
      ten_pair_map,
  };
  for (const std::string& encoded : encoded_replies) {
    CAPTURE(encoded);
    const auto parsed = protocol::ReplyParser::parse(encoded);
    REQUIRE(parsed.status == protocol::ReplyParser::Status::reply);
    CHECK(reply_lines(parsed.reply) == lines_of_redis_cli(encoded));
  }
}

}  // namespace
}  // namespace sluice::tests
