#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/protocol/parsing.hpp"

namespace sluice::protocol::tests {
namespace {

using Requests = std::vector<std::vector<std::string>>;

struct Line {
  std::string_view text;
  std::vector<std::string> words;
};

void check_lines(const std::vector<Line>& lines) {
  for (const Line& line : lines) {
    CAPTURE(line.text);
    const Parsed parsed = parse(std::string(line.text) + "\r\n");
    CHECK(parsed.error == "");
    CHECK(parsed.requests == Requests{line.words});
  }
}

TEST_CASE("an inline request is split at blanks") {
  check_lines({
      {"PING", {"PING"}},
      {"SET key value", {"SET", "key", "value"}},
      {"  GET \t key  ", {"GET", "key"}},
      {"GET\rkey", {"GET", "key"}},
      {"\v\fGET key", {"GET", "key"}},
      {"GET a\vb", {"GET", "a\vb"}},
      {"GET *1", {"GET", "*1"}},
  });
}

TEST_CASE("a line ends in LF, with or without CR before it") {
  CHECK(parse("PING\nPING\r\n").requests == Requests{{"PING"}, {"PING"}});
}

TEST_CASE("a blank line is an empty request") {
  CHECK(parse("\r\n\n \t\r\nPING\r\n").requests == Requests{{}, {}, {}, {"PING"}});
}

TEST_CASE("double quotes hold blanks and escapes") {
  check_lines({
      {R"(ECHO "a b")", {"ECHO", "a b"}},
      {R"(ECHO "")", {"ECHO", ""}},
      {R"(ECHO "\n\r\t\b\a")", {"ECHO", "\n\r\t\b\a"}},
      {R"(ECHO "\"\\\q")", {"ECHO", R"("\q)"}},
      {R"(ECHO "\x41\x5a\xfF")", {"ECHO", "AZ\xff"}},
      {R"(ECHO "\x4" "\xg1" "\x")", {"ECHO", "x4", "xg1", "x"}},
      {R"(ECHO "it's")", {"ECHO", "it's"}},
      {R"(ECHO "\x41" next)", {"ECHO", "A", "next"}},
  });
}

TEST_CASE("an escaped zero byte is part of its word") {
  CHECK(parse("ECHO \"a\\x00b\"\n").requests == Requests{{"ECHO", std::string("a\0b", 3)}});
}

TEST_CASE("single quotes hold everything but an escaped single quote as it stands") {
  check_lines({
      {R"(ECHO 'a b')", {"ECHO", "a b"}},
      {R"(ECHO '')", {"ECHO", ""}},
      {R"(ECHO 'it\'s')", {"ECHO", "it's"}},
      {R"(ECHO 'a\nb\\ ')", {"ECHO", R"(a\nb\\ )"}},
      {R"(ECHO 'say "hi"')", {"ECHO", R"(say "hi")"}},
  });
}

TEST_CASE("quotes may open inside a word") {
  check_lines({
      {R"(ECHO a"b c")", {"ECHO", "ab c"}},
      {R"(ECHO a'b c' d)", {"ECHO", "ab c", "d"}},
      {R"(ECHO a\"b")", {"ECHO", R"(a\b)"}},
  });
}

TEST_CASE("a closed quote ends its word at any blank") {
  check_lines({{"ECHO \"a\"\vb", {"ECHO", "a", "b"}}, {"ECHO 'a'\tb", {"ECHO", "a", "b"}}});
}

TEST_CASE("quotes that stay open or close inside a word are refused") {
  for (const std::string_view line :
       {R"(ECHO "a)", R"(ECHO 'a)", R"(ECHO ")", R"(ECHO "a"b)", R"(ECHO 'a'b)", R"(ECHO "a""b")", R"(ECHO "a\")",
        R"(ECHO 'a\')", R"(ECHO "a\)", R"(ECHO it's)"}) {
    CAPTURE(line);
    CHECK(parse(std::string(line) + "\r\n").error == "ERR Protocol error: unbalanced quotes in request");
  }
}

TEST_CASE("an inline request must end within 64 KiB") {
  const std::string word(65536, 'x');

  CHECK(parse(word).error == "");
  CHECK(parse(word + "\n").requests == Requests{{word}});
  CHECK(parse(word + "x").error == "ERR Protocol error: too big inline request");
  CHECK(parse(word + "x\n").error == "ERR Protocol error: too big inline request");
}

}  // namespace
}  // namespace sluice::protocol::tests
