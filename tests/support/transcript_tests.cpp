#include "tests/support/transcript.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/transcript_runner.hpp"
#include "tests/support/transcript_targets.hpp"

namespace sluice::tests {
namespace {

// The complaint of parsing `text`; "" if there is none.
std::string complaint(std::string_view text) {
  try {
    parse_transcript("t", text);
    return "";
  } catch (const TranscriptError& error) {
    return error.what();
  }
}

TranscriptReport replay_in_process(std::string_view text) {
  InProcessTarget target;
  return run_transcripts(parse_transcript("t", text), target);
}

// A server that answers every request with the same lines and claims to be redis-server.
class ReferenceDouble final : public TranscriptTarget {
 public:
  void begin_case(const TranscriptCase& next) override { titles.push_back(next.title); }
  std::vector<std::string> ask(const std::string&, const Request&, std::size_t) override { return {"OK"}; }
  std::vector<std::string> receive(const std::string&, std::size_t) override { return {}; }
  std::vector<std::string> connections() const override { return {"main"}; }
  void advance(std::int64_t) override {}
  bool is_reference() const override { return true; }

  std::vector<std::string> titles;
};

TEST_CASE("a transcript is read into cases, requests and their replies") {
  const auto cases = parse_transcript("t",
                                      "# SET stores\n"
                                      "> SET k \"a \\x00b\" 'it\\'s'\n"
                                      "OK\n"
                                      "\n"
                                      "# MGET lists\n"
                                      "# what it finds\n"
                                      "> MGET a b\n"
                                      "1) (nil)\n"
                                      "2) (nil)\n");
  REQUIRE(cases.size() == 2);
  CHECK(cases[0].title == "SET stores");
  CHECK(cases[0].steps[0].words == Request{"SET", "k", std::string("a \0b", 4), "it's"});
  CHECK(cases[0].steps[0].expected == std::vector<std::string>{"OK"});
  CHECK(cases[1].title == "MGET lists what it finds");
  CHECK(cases[1].line == 5);
  CHECK(cases[1].steps[0].line == 7);
  CHECK(cases[1].steps[0].expected == std::vector<std::string>{"1) (nil)", "2) (nil)"});
}

TEST_CASE("a reply may look like a title") {
  const auto cases = parse_transcript("t", "# INFO\n> INFO cluster\n# Cluster\ncluster_enabled:0\n");
  REQUIRE(cases.size() == 1);
  CHECK(cases[0].steps[0].expected == std::vector<std::string>{"# Cluster", "cluster_enabled:0"});
}

TEST_CASE("directives are steps of their case") {
  const auto cases = parse_transcript("t",
                                      "# Title\n"
                                      "@only sluice \xe2\x80\x94 newer than 7.0\n"
                                      "@resp3\n"
                                      "@connection other\n"
                                      "@advance 150ms\n"
                                      "@advance 2s\n"
                                      "> PING\n");
  REQUIRE(cases.size() == 1);
  CHECK(cases[0].only_sluice_reason == "newer than 7.0");
  const auto& steps = cases[0].steps;
  REQUIRE(steps.size() == 5);
  CHECK(steps[0].kind == TranscriptStep::Kind::use_resp3);
  CHECK(steps[1].kind == TranscriptStep::Kind::use_connection);
  CHECK(steps[1].text == "other");
  CHECK(steps[2].advance_ms == 150);
  CHECK(steps[3].advance_ms == 2000);
  CHECK(steps[4].kind == TranscriptStep::Kind::request);
}

TEST_CASE("what a connection is sent on its own is a step of its own") {
  const auto cases = parse_transcript("t",
                                      "# Title\n"
                                      "> BLPOP k 0\n"
                                      "< 1) \"k\"\n"
                                      "< ~ 2) \"*\"\n"
                                      "< (nothing)\n");
  REQUIRE(cases.size() == 1);
  const auto& steps = cases[0].steps;
  REQUIRE(steps.size() == 3);
  CHECK(steps[0].expected.empty());
  CHECK(steps[1].kind == TranscriptStep::Kind::arrival);
  CHECK(steps[1].expected == std::vector<std::string>{"1) \"k\"", "~ 2) \"*\""});
  CHECK(steps[2].kind == TranscriptStep::Kind::arrival);
  CHECK(steps[2].expected == std::vector<std::string>{"(nothing)"});
}

TEST_CASE("a message in one line is the same as one in several") {
  const auto cases = parse_transcript("t",
                                      "# Title\n"
                                      "> PING\n"
                                      "<< message a \"b c\"\n"
                                      "< 1) \"d\"\n");
  REQUIRE(cases.size() == 1);
  REQUIRE(cases[0].steps.size() == 2);
  CHECK(cases[0].steps[1].expected == std::vector<std::string>{"1) \"message\"", "2) \"a\"", "3) \"b c\"", "1) \"d\""});
}

TEST_CASE("replies of one line that arrive one after the other are steps of their own") {
  const auto cases = parse_transcript("t",
                                      "# Title\n"
                                      "> MONITOR\n"
                                      "< OK\n"
                                      "< ~ ?* \"PING\"\n"
                                      "< 1) \"a\"\n"
                                      "< 2) \"b\"\n"
                                      "< (nil)\n");
  const auto& steps = cases[0].steps;
  REQUIRE(steps.size() == 5);
  CHECK(steps[1].expected == std::vector<std::string>{"OK"});
  CHECK(steps[2].expected == std::vector<std::string>{"~ ?* \"PING\""});
  CHECK(steps[3].expected == std::vector<std::string>{"1) \"a\"", "2) \"b\""});
}

TEST_CASE("a request may name another connection by its number") {
  const auto report = replay_in_process(
      "# Known\n"
      "@connection other\n"
      "> CLIENT ID\n"
      "~ (integer) *\n"
      "@connection main\n"
      "> CLIENT KILL ID <id:other>\n"
      "(integer) 1\n"
      "\n"
      "# Unknown\n"
      "> CLIENT KILL ID <id:other>\n"
      "(integer) 0\n");
  CHECK(report.passed == 1);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].ends_with("other has not asked for its CLIENT ID\n"));
}

TEST_CASE("the replies that lines stand for are counted by their first elements") {
  CHECK(count_replies({}) == 0);
  CHECK(count_replies({"OK"}) == 1);
  CHECK(count_replies({"# Server", "redis_version:7.4.0"}) == 1);
  CHECK(count_replies({"1) \"a\"", "2) 1) \"b\"", "   2) \"c\""}) == 1);
  CHECK(count_replies({"1) \"a\"", "2) \"b\"", "1) \"c\""}) == 2);
  CHECK(count_replies({" 1) \"a\"", "~~", "10) \"b\"", "~ 1) \"c*\""}) == 2);
  CHECK(count_replies({"1# \"a\" => (integer) 1", "1~ \"b\""}) == 2);
  CHECK(count_replies({"QUEUED", "1) \"a\""}) == 2);
  CHECK(count_replies({"1# \"a\" =>", "   1) \"b\"", "   2) \"c\"", "2# \"d\" =>", "   1) \"e\"", "   2) \"f\""}) == 1);
  CHECK(count_replies({"1# \"a\" =>", "   1) \"b\"", "   2) \"c\"", "1) \"d\""}) == 2);
}

TEST_CASE("what cannot be understood is refused with its place") {
  CHECK(complaint("< 1) \"a\"\n") == "t:1: a title has to come first");
  CHECK(complaint("> PING\nPONG\n") == "t:1: a title has to come first");
  CHECK(complaint("# A\n\n# B\n> PING\n") == "t:1: a case without a request");
  CHECK(complaint("# A\nPONG\n") == "t:2: a reply without a request");
  CHECK(complaint("# A\n> PING\nPONG\n\nPONG\n") == "t:5: a reply without a request");
  CHECK(complaint("# A\n> PING \"\n") == "t:2: the request's quotes are not balanced, or it is empty");
  CHECK(complaint("# A\n> PING\n<< \"\n") == "t:3: the message's quotes are not balanced, or it is empty");
  CHECK(complaint("# A\n@advance soon\n") == "t:2: @advance needs a duration such as 150ms or 2s");
  CHECK(complaint("# A\n@only sluice\n") == "t:2: @only sluice needs a reason");
  CHECK(complaint("# A\n@hurry\n") == "t:2: unknown directive");
}

TEST_CASE("a reply has to be the same, line by line") {
  CHECK(reply_matches({"OK"}, {"OK"}));
  CHECK(reply_matches({}, {}));
  CHECK_FALSE(reply_matches({"OK"}, {"PONG"}));
  CHECK_FALSE(reply_matches({"OK"}, {}));
  CHECK_FALSE(reply_matches({}, {"OK"}));
  CHECK_FALSE(reply_matches({"1) \"a\""}, {"1) \"a\"", "2) \"b\""}));
}

TEST_CASE("a pattern stands for one line") {
  CHECK(reply_matches({"~ (integer) *"}, {"(integer) 5"}));
  CHECK(reply_matches({"~ \"*a*b?\""}, {"\"xaxbxbz\""}));
  CHECK(reply_matches({"~ [*] \\x00"}, {"[::1] \\x00"}));
  CHECK_FALSE(reply_matches({"~ (integer) ?"}, {"(integer) 55"}));
  CHECK_FALSE(reply_matches({"~ a*"}, {"ba"}));
  CHECK_FALSE(reply_matches({"~ *"}, {"a", "b"}));
}

TEST_CASE("two tildes stand for any number of lines") {
  CHECK(reply_matches({"~~"}, {}));
  CHECK(reply_matches({"a", "~~", "z"}, {"a", "b", "c", "z"}));
  CHECK(reply_matches({"a", "~~", "z"}, {"a", "z"}));
  CHECK_FALSE(reply_matches({"a", "~~", "z"}, {"a", "b"}));
}

TEST_CASE("cases that hold pass") {
  const auto report = replay_in_process(
      "# PING answers\n> PING\nPONG\n\n"
      "# Arguments are binary safe\n> PING \"\\x00\\n\"\n\"\\x00\\n\"\n");
  CHECK(report.passed == 2);
  CHECK(report.failures.empty());
}

TEST_CASE("a wrong expectation fails, and the others are still compared") {
  const auto report = replay_in_process(
      "# PING answers\n> PING\nPING\n> PING x\n\"y\"\n\n"
      "# PING echoes\n> PING x\n\"x\"\n");
  CHECK(report.passed == 1);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0] ==
        "t:2: PING answers\n"
        "  > PING\n"
        "  expected:\n"
        "    PING\n"
        "  got:\n"
        "    PONG\n");
}

TEST_CASE("a reply that nobody expects fails") {
  const auto report = replay_in_process("# PING says nothing\n> PING\n");
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].ends_with("  expected:\n    (no reply)\n  got:\n    PONG\n"));
}

TEST_CASE("several replies to a request, and what is pushed, are compared") {
  const auto report = replay_in_process(
      "# Messages come to those who have subscribed\n"
      "> SUBSCRIBE a b\n"
      "1) \"subscribe\"\n2) \"a\"\n3) (integer) 1\n"
      "1) \"subscribe\"\n2) \"b\"\n3) (integer) 2\n"
      "< (nothing)\n"
      "@connection other\n"
      "> PUBLISH a hello\n"
      "(integer) 1\n"
      "@connection main\n"
      "< 1) \"message\"\n< 2) \"a\"\n< ~ 3) \"*\"\n");
  CHECK(report.passed == 1);
  CHECK(report.failures.empty());
}

TEST_CASE("what a connection is sent and nobody tells of fails") {
  const auto report = replay_in_process(
      "# Untold\n"
      "> SUBSCRIBE a\n"
      "1) \"subscribe\"\n2) \"a\"\n3) (integer) 1\n"
      "@connection other\n"
      "> PUBLISH a hello\n"
      "(integer) 1\n");
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].ends_with("  then, untold, to main:\n    1) \"message\"\n    2) \"a\"\n    3) \"hello\"\n"));
}

TEST_CASE("what is expected and does not come fails") {
  const auto report = replay_in_process("# PING answers once\n> PING\nPONG\n< PONG\n");
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].ends_with("  expected:\n    PONG\n  got:\n    (no reply)\n"));
}

TEST_CASE("cases for Sluice only are not compared with redis-server") {
  ReferenceDouble reference;
  const auto report = run_transcripts(
      parse_transcript("t", "# Both\n> PING\nOK\n\n# Ours\n@only sluice - newer\n> PING\nPONG\n"), reference);
  CHECK(reference.titles == std::vector<std::string>{"Both"});
  CHECK(report.passed == 1);
  CHECK(report.skipped == 1);
  CHECK(report.failures.empty());
}

}  // namespace
}  // namespace sluice::tests
