#include "tests/support/reply_text.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace sluice::tests {
namespace {

// The lines that redis-cli would print for the encoded reply.
std::string printed(std::string_view encoded) {
  const auto parsed = protocol::ReplyParser::parse(encoded);
  REQUIRE(parsed.status == protocol::ReplyParser::Status::reply);
  REQUIRE(parsed.consumed == encoded.size());
  std::string text;
  for (const std::string& line : reply_lines(parsed.reply)) text += line + '\n';
  return text;
}

TEST_CASE("single values are printed with their kind") {
  CHECK(printed("+OK\r\n") == "OK\n");
  CHECK(printed("-ERR no such key\r\n") == "(error) ERR no such key\n");
  CHECK(printed(":-5\r\n") == "(integer) -5\n");
  CHECK(printed("$5\r\nhello\r\n") == "\"hello\"\n");
  CHECK(printed("$-1\r\n") == "(nil)\n");
  CHECK(printed("*-1\r\n") == "(nil)\n");
  CHECK(printed("_\r\n") == "(nil)\n");
  CHECK(printed("#t\r\n") == "(true)\n");
  CHECK(printed(",1.50\r\n") == "(double) 1.50\n");
  CHECK(printed("(12345678901234567890\r\n") == "12345678901234567890\n");
}

TEST_CASE("bytes that a terminal does not show are escaped") {
  CHECK(quoted(std::string_view("a\"\\\n\r\t\a\b\0\xff", 10)) == R"("a\"\\\n\r\t\a\b\x00\xff")");
}

TEST_CASE("verbatim text is printed as it is, line by line") {
  CHECK(printed("=9\r\ntxt:a\"\r\nb\r\n") == "a\"\nb\n");
  CHECK(printed("=9\r\ntxt:a\r\n\n\n\r\n") == "a\n");
}

TEST_CASE("elements are numbered, and nested ones indented") {
  CHECK(printed("*3\r\n:1\r\n*2\r\n$1\r\na\r\n*2\r\n_\r\n:2\r\n*0\r\n") ==
        "1) (integer) 1\n"
        "2) 1) \"a\"\n"
        "   2) 1) (nil)\n"
        "      2) (integer) 2\n"
        "3) (empty array)\n");
}

TEST_CASE("numbers are aligned to the right") {
  CHECK(printed("*10\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n*2\r\n:1\r\n:2\r\n")
            .ends_with(" 9) (integer) 0\n"
                       "10) 1) (integer) 1\n"
                       "    2) (integer) 2\n"));
}

TEST_CASE("a map shows its pairs, and values of several lines below their keys") {
  CHECK(printed("%3\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n*1\r\n:2\r\n$1\r\nc\r\n%2\r\n:3\r\n:4\r\n:5\r\n:6\r\n") ==
        "1# \"a\" => (integer) 1\n"
        "2# \"b\" => 1) (integer) 2\n"
        "3# \"c\" =>\n"
        "   1# (integer) 3 => (integer) 4\n"
        "   2# (integer) 5 => (integer) 6\n");
}

TEST_CASE("sets and what is empty have marks of their own") {
  CHECK(printed("~2\r\n:1\r\n~0\r\n") == "1~ (integer) 1\n2~ (empty set)\n");
  CHECK(printed("%0\r\n") == "(empty hash)\n");
  CHECK(printed(">2\r\n:1\r\n>0\r\n") == "1) (integer) 1\n2) (empty push)\n");
}

}  // namespace
}  // namespace sluice::tests
