// A stream means the same however the network cuts it up.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "protocol/frame_parser.hpp"
#include "tests/unit/protocol/parsing.hpp"

namespace sluice::protocol::tests {
namespace {

const std::vector<std::string> streams{
    "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n",
    "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$12\r\n*1\r\n$1\r\na\r\n \r\n*1\r\n$4\r\nPING\r\n",
    "*0\r\n*-1\r\n\r\n\n*1\r\n$4\r\nPING\r\n",
    "*2\r\n$3\r\nGET\r\n$0100\r\n",
    "*1\r\n$100\r\n" + std::string(100, '\r') + "\r\n*1\r\n$1\r\n$\r\n",
    "PING\r\n  SET \"a \\\"b\\\" \\x41\\n\"\t'it\\'s'\nGET plain\"quoted\"\r\n",
    "SET \"open\r\n",
    "SET \"a\"b\r\n",
    "*2\r\n$1\r\na\r\n:5\r\n",
    "*2147483648\r\n",
    "*1\r\n$99999999999999999999\r\n",
    "*1\r\n\r\n\r\n",
    "*1\rX$4\rYPINGab",
};

TEST_CASE("fed byte by byte, a stream gives what it gives at once") {
  for (const std::string& stream : streams) {
    CAPTURE(stream);
    CHECK(parse_in_steps(stream, 1) == parse(stream));
  }
}

TEST_CASE("cut in two anywhere, a stream gives what it gives at once") {
  for (const std::string& stream : streams) {
    for (std::size_t split = 1; split < stream.size(); ++split) {
      CAPTURE(stream);
      CAPTURE(split);
      CHECK(parse_in_two(stream, split) == parse(stream));
    }
  }
}

TEST_CASE("a request cut short anywhere is incomplete") {
  for (const std::string_view request : {"*2\r\n$3\r\nGET\r\n$10\r\n0123456789\r\n", "SET \"a b\" 'c'\r\n"}) {
    for (std::size_t length = 0; length < request.size(); ++length) {
      CAPTURE(length);
      CHECK(parse(request.substr(0, length)) == Parsed{});
    }
  }
}

TEST_CASE("a line that grows too long is refused at the same byte, however it arrives") {
  for (const std::string_view start : {"x", "*", "*1\r\n$"}) {
    const std::string stream = std::string(start) + std::string(65537, '1');
    const Parsed at_once = parse(stream);
    CAPTURE(start);
    CHECK(at_once.error != "");
    CHECK(parse_in_two(stream, 1) == at_once);
    CHECK(parse_in_two(stream, 65536) == at_once);
  }
}

// Shows `input` to a parser one byte more at a time, in place; the number of calls until the request is whole.
std::size_t calls_until_whole(std::string& input, std::vector<std::string_view>& words) {
  FrameParser parser;
  for (std::size_t length = 1; length <= input.size(); ++length) {
    const FrameParser::Result result = parser.next(std::span(input).first(length), words, {});
    REQUIRE(result.status != FrameParser::Status::error);
    if (result.status == FrameParser::Status::request) return length;
  }
  return 0;
}

// The two below end within the test's time limit only if a call costs the same however much came before it.

TEST_CASE("a bulk string of 1 MB may arrive byte by byte") {
  const std::string payload(1000000, 'x');
  std::string input = "*2\r\n$3\r\nGET\r\n$1000000\r\n" + payload + "\r\n";
  std::vector<std::string_view> words;

  CHECK(calls_until_whole(input, words) == input.size());
  REQUIRE(words.size() == 2);
  CHECK(words[1] == payload);
}

TEST_CASE("ten thousand arguments may arrive byte by byte") {
  std::string input = "*10000\r\n";
  for (int i = 0; i < 10000; ++i) input += "$5\r\n" + std::to_string(10000 + i) + "\r\n";
  std::vector<std::string_view> words;

  CHECK(calls_until_whole(input, words) == input.size());
  REQUIRE(words.size() == 10000);
  CHECK(words.front() == "10000");
  CHECK(words.back() == "19999");
}

TEST_CASE("bytes that were searched for a line end are not looked at again") {
  for (const std::string_view start : {"SET key ", "*", "*1\r\n$"}) {
    CAPTURE(start);
    std::string input = std::string(start) + std::string(100, '1');
    std::vector<std::string_view> words;
    FrameParser parser;
    parser.next(input, words, {});

    // A line end among the bytes already seen, which only a second look could find.
    input[start.size() + 50] = start.front() == '*' ? '\r' : '\n';
    input += "1";

    CHECK(parser.next(input, words, {}).status == FrameParser::Status::incomplete);
  }
}

}  // namespace
}  // namespace sluice::protocol::tests
