#include "protocol/frame_parser.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/protocol/parsing.hpp"

namespace sluice::protocol::tests {
namespace {

using Request = std::vector<std::string>;
using Requests = std::vector<Request>;

TEST_CASE("an array of bulk strings is a request") {
  const Parsed parsed = parse("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n");

  CHECK(parsed.requests == Requests{{"SET", "key", "value"}});
  CHECK(parsed.error == "");
}

TEST_CASE("pipelined requests are read one after the other") {
  const std::string_view stream = "*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\nDBSIZE\r\n";

  const Parsed parsed = parse(stream);

  CHECK(parsed.requests == Requests{{"PING"}, {"GET", "a"}, {"DBSIZE"}});
  CHECK(parsed.consumed == stream.size());
}

TEST_CASE("a bulk string may hold any bytes, line ends and zeros too") {
  const std::string payload("\r\n\0*1\r\n", 7);

  CHECK(parse("*1\r\n$7\r\n" + payload + "\r\n").requests == Requests{{payload}});
}

TEST_CASE("a bulk string may be empty") {
  CHECK(parse("*2\r\n$0\r\n\r\n$1\r\nx\r\n").requests == Requests{{"", "x"}});
}

TEST_CASE("words are views into the caller's buffer") {
  std::string input = "*1\r\n$4\r\nPING\r\n";
  std::vector<std::string_view> words;

  FrameParser().next(input, words, {});

  REQUIRE(words.size() == 1);
  CHECK(words[0].data() == input.data() + 8);
}

TEST_CASE("words are appended to those that the caller already holds") {
  std::string input = "*1\r\n$4\r\nPING\r\n";
  std::vector<std::string_view> words{"earlier"};

  FrameParser().next(input, words, {});

  CHECK(words == std::vector<std::string_view>{"earlier", "PING"});
}

TEST_CASE("an unfinished request leaves the caller's words alone, and joins them in order once it is whole") {
  std::string input = "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n";
  std::vector<std::string_view> words{"earlier"};
  FrameParser parser;

  const FrameParser::Result first = parser.next(std::span(input).first(20), words, {});
  CHECK(first.status == FrameParser::Status::incomplete);
  CHECK(first.consumed == 0);
  CHECK(words == std::vector<std::string_view>{"earlier"});

  parser.next(input, words, {});
  CHECK(words == std::vector<std::string_view>{"earlier", "a", "b", "c"});
}

TEST_CASE("an empty array and a null array are empty requests") {
  for (const std::string_view empty : {"*0\r\n", "*-1\r\n", "*-9223372036854775808\r\n"}) {
    CAPTURE(empty);
    CHECK(parse(std::string(empty) + "PING\r\n").requests == Requests{{}, {"PING"}});
  }
}

TEST_CASE("no input is an incomplete request") {
  std::vector<std::string_view> words;

  CHECK(FrameParser().next({}, words, {}).status == FrameParser::Status::incomplete);
}

TEST_CASE("what follows a payload, and the byte behind '\\r', is skipped unseen") {
  CHECK(parse("*2\rX$4\rYPINGab$1\r\nxcd").requests == Requests{{"PING", "x"}});
}

TEST_CASE("while a payload is on its way the parser says how many bytes it takes") {
  std::string input = "*2\r\n$3\r\nGET\r\n$1000\r\nabc";
  std::vector<std::string_view> words;
  FrameParser parser;

  parser.next(std::span(input).first(15), words, {});
  CHECK(parser.bytes_wanted() == 0);  // the length has not arrived

  parser.next(input, words, {});
  CHECK(parser.bytes_wanted() == input.size() - 3 + 1000 + 2);

  input.append(997, 'x').append("\r\n");
  CHECK(parser.next(input, words, {}).consumed == input.size());
  CHECK(parser.bytes_wanted() == 0);
}

TEST_CASE("lengths have one spelling only") {
  for (const std::string_view number :
       {"", "01", "00", "+1", " 1", "1 ", "-", "-0", "1a", "0x1", "9223372036854775808"}) {
    CAPTURE(number);
    CHECK(parse("*" + std::string(number) + "\r\n").error == "ERR Protocol error: invalid multibulk length");
    CHECK(parse("*1\r\n$" + std::string(number) + "\r\n").error == "ERR Protocol error: invalid bulk length");
  }
}

TEST_CASE("every length of a bulk string up to five digits is read") {
  for (const std::size_t length : {1U, 9U, 10U, 99U, 100U, 999U, 1000U, 9999U, 10000U, 99999U}) {
    CAPTURE(length);
    const std::string payload(length, 'x');
    CHECK(parse("*1\r\n$" + std::to_string(length) + "\r\n" + payload + "\r\n").requests == Requests{{payload}});
  }
}

TEST_CASE("a bulk string has no null") {
  CHECK(parse("*1\r\n$-1\r\n").error == "ERR Protocol error: invalid bulk length");
}

TEST_CASE("an element that is no bulk string is refused once its line is there") {
  CHECK(parse("*1\r\nx").error == "");
  CHECK(parse("*1\r\nx\r\n").error == "ERR Protocol error: expected '$', got 'x'");
  CHECK(parse("*1\r\n:1\r\n").error == "ERR Protocol error: expected '$', got ':'");
  CHECK(parse("*1\r\n\r\n\r\n").error == "ERR Protocol error: expected '$', got '\r'");
}

TEST_CASE("after an error the words of the broken request are gone") {
  std::string input = "*2\r\n$1\r\na\r\nx\r\n";
  std::vector<std::string_view> words{"earlier"};

  CHECK(FrameParser().next(input, words, {}).status == FrameParser::Status::error);
  CHECK(words == std::vector<std::string_view>{"earlier"});
}

TEST_CASE("the requests before a broken one are whole") {
  const Parsed parsed = parse("PING\r\n*x\r\n");

  CHECK(parsed.requests == Requests{{"PING"}});
  CHECK(parsed.error == "ERR Protocol error: invalid multibulk length");
}

TEST_CASE("a request may have as many arguments, of as many bytes, as the limits say") {
  const ParserLimits limits{.arguments_max = 2, .bulk_bytes_max = 3};

  CHECK(parse("*2\r\n$3\r\nabc\r\n$3\r\ndef\r\n", limits).requests == Requests{{"abc", "def"}});
  CHECK(parse("*3\r\n", limits).error == "ERR Protocol error: invalid multibulk length");
  CHECK(parse("*1\r\n$4\r\n", limits).error == "ERR Protocol error: invalid bulk length");
}

TEST_CASE("Redis' own limits are the default") {
  CHECK(parse("*2147483647\r\n").error == "");
  CHECK(parse("*2147483648\r\n").error == "ERR Protocol error: invalid multibulk length");
  CHECK(parse("*1\r\n$536870912\r\n").error == "");
  CHECK(parse("*1\r\n$536870913\r\n").error == "ERR Protocol error: invalid bulk length");
}

TEST_CASE("before authentication the limits are low, and named where they alone are in the way") {
  const ParserLimits limits = ParserLimits::before_authentication();

  CHECK(parse("*10\r\n", limits).error == "");
  CHECK(parse("*11\r\n", limits).error == "ERR Protocol error: unauthenticated multibulk length");
  CHECK(parse("*2147483648\r\n", limits).error == "ERR Protocol error: invalid multibulk length");
  CHECK(parse("*x\r\n", limits).error == "ERR Protocol error: invalid multibulk length");
  CHECK(parse("*1\r\n$16384\r\n", limits).error == "");
  CHECK(parse("*1\r\n$16385\r\n", limits).error == "ERR Protocol error: unauthenticated bulk length");
  CHECK(parse("*1\r\n$536870913\r\n", limits).error == "ERR Protocol error: invalid bulk length");
  CHECK(parse("*1\r\n$-1\r\n", limits).error == "ERR Protocol error: invalid bulk length");
}

TEST_CASE("a length line must end within 64 KiB") {
  const std::string ones(65536, '1');

  CHECK(parse("*" + ones.substr(1)).error == "");
  CHECK(parse("*" + ones).error == "ERR Protocol error: too big mbulk count string");
  CHECK(parse("*1\r\n$" + ones.substr(1)).error == "");
  CHECK(parse("*1\r\n$" + ones).error == "ERR Protocol error: too big bulk count string");
  CHECK(parse("*1\r\nx" + ones).error == "ERR Protocol error: too big bulk count string");
}

TEST_CASE("announcing many arguments reserves nothing for them") {
  std::string input = "*2147483647\r\n$1\r\na\r\n";
  std::vector<std::string_view> words;

  CHECK(FrameParser().next(input, words, {}).status == FrameParser::Status::incomplete);
  CHECK(words.capacity() < 16);
}

}  // namespace
}  // namespace sluice::protocol::tests
