#include "protocol/reply_parser.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "protocol/reply_writer.hpp"

namespace sluice::protocol {
namespace {

using Kind = Reply::Kind;
using Status = ReplyParser::Status;

// The one reply that `input` is.
Reply parse_whole(std::string_view input) {
  const ReplyParser::Result result = ReplyParser::parse(input);
  REQUIRE(result.status == Status::reply);
  REQUIRE(result.consumed == input.size());
  return result.reply;
}

void check_text(std::string_view input, Kind kind, std::string_view text) {
  CAPTURE(input);
  const Reply reply = parse_whole(input);
  CHECK(reply.kind == kind);
  CHECK(reply.text == text);
}

void check_integer(std::string_view input, Kind kind, std::int64_t integer) {
  CAPTURE(input);
  const Reply reply = parse_whole(input);
  CHECK(reply.kind == kind);
  CHECK(reply.integer == integer);
}

TEST_CASE("lines are read") {
  check_text("+OK\r\n", Kind::simple, "OK");
  check_text("+\r\n", Kind::simple, "");
  check_text("-ERR no such thing\r\n", Kind::error, "ERR no such thing");
  check_text("_\r\n", Kind::null, "");
}

TEST_CASE("numbers are read") {
  check_integer(":-42\r\n", Kind::integer, -42);
  check_integer("#t\r\n", Kind::boolean, 1);
  check_integer("#f\r\n", Kind::boolean, 0);
  check_text(",1.5\r\n", Kind::real, "1.5");
  check_text(",1e+20\r\n", Kind::real, "1e+20");
  check_text(",-inf\r\n", Kind::real, "-inf");
  check_text(",nan\r\n", Kind::real, "nan");
  check_text("(-12345678901234567890\r\n", Kind::big_number, "-12345678901234567890");
}

TEST_CASE("counted text is read") {
  check_text("$5\r\nhello\r\n", Kind::bulk, "hello");
  check_text("$4\r\na\r\nb\r\n", Kind::bulk, "a\r\nb");
  check_text("$0\r\n\r\n", Kind::bulk, "");
  check_text("!7\r\nERR a\nb\r\n", Kind::error, "ERR a\nb");
  check_text("=8\r\ntxt:Some\r\n", Kind::verbatim, "Some");
}

TEST_CASE("a length of -1 is null") {
  check_text("$-1\r\n", Kind::null, "");
  check_text("*-1\r\n", Kind::null, "");
}

TEST_CASE("aggregates hold their elements in order") {
  const Reply array = parse_whole("*3\r\n:1\r\n*1\r\n$1\r\nx\r\n_\r\n");

  CHECK(array.kind == Kind::array);
  REQUIRE(array.elements.size() == 3);
  CHECK(array.elements[0].integer == 1);
  REQUIRE(array.elements[1].elements.size() == 1);
  CHECK(array.elements[1].elements[0].text == "x");
  CHECK(array.elements[2].kind == Kind::null);
}

TEST_CASE("every kind of aggregate is known by its marker") {
  CHECK(parse_whole("*1\r\n:1\r\n").kind == Kind::array);
  CHECK(parse_whole("~1\r\n:1\r\n").kind == Kind::set);
  CHECK(parse_whole(">1\r\n:1\r\n").kind == Kind::push);
  CHECK(parse_whole("*0\r\n").kind == Kind::array);
}

TEST_CASE("a map's count is of pairs") {
  const Reply map = parse_whole("%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n");

  CHECK(map.kind == Kind::map);
  REQUIRE(map.elements.size() == 4);
  CHECK(map.elements[2].text == "b");
}

TEST_CASE("an attribute stands before its reply and is not counted by the aggregate around it") {
  const std::string_view input = "|1\r\n+key\r\n+value\r\n*1\r\n|1\r\n+ttl\r\n:5\r\n:1\r\n";

  const ReplyParser::Result attribute = ReplyParser::parse(input);
  REQUIRE(attribute.status == Status::reply);
  CHECK(attribute.reply.kind == Kind::attribute);
  CHECK(attribute.reply.elements.size() == 2);

  const Reply array = parse_whole(input.substr(attribute.consumed));
  REQUIRE(array.elements.size() == 2);
  CHECK(array.elements[0].kind == Kind::attribute);
  CHECK(array.elements[1].integer == 1);
}

TEST_CASE("what follows a reply is left alone") {
  const ReplyParser::Result result = ReplyParser::parse("+OK\r\n-ERR");

  CHECK(result.status == Status::reply);
  CHECK(result.consumed == 5);
}

TEST_CASE("a reply cut short anywhere is incomplete") {
  for (const std::string_view input :
       {"+OK\r\n", ":100\r\n", "$5\r\nhello\r\n", "$-1\r\n", "*-1\r\n", "=8\r\ntxt:Some\r\n", ",1.5\r\n", "#t\r\n",
        "_\r\n", "%1\r\n+a\r\n*2\r\n:1\r\n$2\r\nxy\r\n", "|1\r\n+a\r\n:1\r\n", ">2\r\n+message\r\n~1\r\n(12\r\n"}) {
    for (std::size_t length = 0; length < input.size(); ++length) {
      CAPTURE(input);
      CAPTURE(length);
      const ReplyParser::Result result = ReplyParser::parse(input.substr(0, length));
      CHECK(result.status == Status::incomplete);
      CHECK(result.consumed == 0);
    }
  }
}

TEST_CASE("what is no reply is refused") {
  for (const std::string_view input :
       {"hello\r\n",       "\r\n",           "+a\rb\r\n", ":\r\n",   ":1x\r\n",      ":9223372036854775808\r\n",
        "#x\r\n",          "#\r\n",          "_x\r\n",    ",\r\n",   ",1.5x\r\n",    "(\r\n",
        "(1.5\r\n",        "$\r\n",          "$-2\r\n",   "$x\r\n",  "$1\r\nab\r\n", "$1\r\nabc",
        "=3\r\ntxt\r\n",   "=4\r\ntext\r\n", "!-1\r\n",   "*-2\r\n", "*x\r\n",       "%-1\r\n",
        "*2147483648\r\n", "*1\r\nx\r\n"}) {
    CAPTURE(input);
    CHECK(ReplyParser::parse(input).status == Status::error);
  }
}

TEST_CASE("lengths that have not arrived are incomplete and reserve nothing") {
  CHECK(ReplyParser::parse("$9223372036854775807\r\nabc").status == Status::incomplete);
  CHECK(ReplyParser::parse("*2147483647\r\n:1\r\n").status == Status::incomplete);
  CHECK(ReplyParser::parse("%2147483647\r\n:1\r\n").status == Status::incomplete);
}

TEST_CASE("aggregates stand inside one another only so deep") {
  const auto nested = [](std::size_t depth) {
    std::string input;
    for (std::size_t i = 0; i < depth; ++i) input += "*1\r\n";
    return input + ":1\r\n";
  };

  CHECK(ReplyParser::parse(nested(ReplyParser::depth_max)).status == Status::reply);
  CHECK(ReplyParser::parse(nested(ReplyParser::depth_max + 1)).status == Status::error);
  CHECK(ReplyParser::parse(nested(1000000)).status == Status::error);
}

// One reply of every kind the writer knows, as the elements of an array.
void write_every_kind(ReplyWriter& writer) {
  writer.array(11);
  writer.simple("simple");
  writer.error("ERR error");
  writer.integer(-7);
  writer.bulk("bulk");
  writer.null();
  writer.null_array();
  writer.boolean(true);
  writer.real(2.5);
  writer.big_number("123");
  writer.verbatim("txt", "verbatim");
  writer.map(1);
  writer.set(1);
  writer.integer(1);
  writer.push(0);
}

TEST_CASE("every reply that is written in RESP3 reads back as what it means") {
  ReplyBuffer buffer;
  ReplyWriter writer(buffer, ProtocolVersion::resp3);
  write_every_kind(writer);

  const std::vector<Reply> elements = parse_whole(buffer.view()).elements;

  const std::vector<Kind> expected{Kind::simple,  Kind::error, Kind::integer,    Kind::bulk,     Kind::null, Kind::null,
                                   Kind::boolean, Kind::real,  Kind::big_number, Kind::verbatim, Kind::map};
  REQUIRE(elements.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(elements[i].kind == expected[i]);
  CHECK(elements[7].text == "2.5");
  CHECK(elements[9].text == "verbatim");
  CHECK(elements[10].elements[0].kind == Kind::set);
  CHECK(elements[10].elements[1].kind == Kind::push);
}

TEST_CASE("every reply that is written in RESP2 reads back as the nearest thing RESP2 has") {
  ReplyBuffer buffer;
  ReplyWriter writer(buffer, ProtocolVersion::resp2);
  write_every_kind(writer);

  const std::vector<Reply> elements = parse_whole(buffer.view()).elements;

  const std::vector<Kind> expected{Kind::simple,  Kind::error, Kind::integer, Kind::bulk, Kind::null, Kind::null,
                                   Kind::integer, Kind::bulk,  Kind::bulk,    Kind::bulk, Kind::array};
  REQUIRE(elements.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(elements[i].kind == expected[i]);
  CHECK(elements[7].text == "2.5");
  CHECK(elements[10].elements.size() == 2);
}

}  // namespace
}  // namespace sluice::protocol
