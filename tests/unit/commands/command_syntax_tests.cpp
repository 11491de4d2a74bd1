#include "server/commands/server/command_syntax.hpp"

#include <doctest/doctest.h>

using sluice::commands::server::Argument;
using sluice::commands::server::parse_syntax;
using Kind = Argument::Kind;

TEST_CASE("a word in small letters is a parameter") {
  const auto arguments = parse_syntax("key value");

  REQUIRE(arguments.size() == 2);
  CHECK(arguments[0] == Argument{.name = "key"});
  CHECK(arguments[1] == Argument{.name = "value"});
}

TEST_CASE("a word in capitals takes the parameters behind it") {
  const auto arguments = parse_syntax("[EX seconds]");

  REQUIRE(arguments.size() == 1);
  CHECK(arguments[0] == Argument{.name = "seconds", .token = "EX", .is_optional = true});
}

TEST_CASE("a word in capitals with two parameters is a block") {
  const auto arguments = parse_syntax("[AUTH username password]");

  REQUIRE(arguments.size() == 1);
  CHECK(arguments[0].kind == Kind::block);
  CHECK(arguments[0].token == "AUTH");
  CHECK(arguments[0].parts.size() == 2);
}

TEST_CASE("a bar separates alternatives") {
  const auto arguments = parse_syntax("[NX | XX]");

  REQUIRE(arguments.size() == 1);
  CHECK(arguments[0].kind == Kind::one_of);
  CHECK(arguments[0].is_optional);
  REQUIRE(arguments[0].parts.size() == 2);
  CHECK(arguments[0].parts[0] == Argument{.kind = Kind::pure_token, .token = "NX"});
}

TEST_CASE("every alternative of a long choice is kept in order") {
  const auto arguments = parse_syntax("[EX seconds | PX milliseconds | KEEPTTL]");

  REQUIRE(arguments.size() == 1);
  REQUIRE(arguments[0].parts.size() == 3);
  CHECK(arguments[0].parts[0].token == "EX");
  CHECK(arguments[0].parts[1].token == "PX");
  CHECK(arguments[0].parts[2] == Argument{.kind = Kind::pure_token, .token = "KEEPTTL"});
}

TEST_CASE("an ellipsis behind the same words says that they may be repeated") {
  SUBCASE("one word") {
    const auto arguments = parse_syntax("key [key ...]");

    REQUIRE(arguments.size() == 1);
    CHECK(arguments[0] == Argument{.name = "key", .is_multiple = true});
  }
  SUBCASE("a pair") {
    const auto arguments = parse_syntax("key value [key value ...]");

    REQUIRE(arguments.size() == 1);
    CHECK(arguments[0].kind == Kind::block);
    CHECK(arguments[0].is_multiple);
    CHECK(arguments[0].parts.size() == 2);
  }
}

TEST_CASE("an ellipsis behind other words is an option that may be repeated") {
  const auto arguments = parse_syntax("command [arg ...]");

  REQUIRE(arguments.size() == 2);
  CHECK(arguments[1] == Argument{.name = "arg", .is_optional = true, .is_multiple = true});
}

TEST_CASE("angle brackets group a choice that must be made") {
  const auto arguments = parse_syntax("[FILTERBY <MODULE module-name | PATTERN pattern>]");

  REQUIRE(arguments.size() == 1);
  CHECK(arguments[0].kind == Kind::one_of);
  CHECK(arguments[0].token == "FILTERBY");
  CHECK(arguments[0].is_optional);
}

TEST_CASE("a word with a colon at the beginning of a group names it") {
  CHECK(parse_syntax("[condition: NX | XX]")[0].name == "condition");
  CHECK(parse_syntax("<where: LEFT | RIGHT>")[0].name == "where");
  CHECK(parse_syntax("key value [pair: key value ...]")[0].name == "pair");
}

TEST_CASE("a parameter may be given its type") {
  CHECK(parse_syntax("timeout:double")[0] == Argument{.name = "timeout", .type = "double"});
}

TEST_CASE("what may be repeated and left out is both") {
  const auto arguments = parse_syntax("[channel [channel ...]]");

  REQUIRE(arguments.size() == 1);
  CHECK(arguments[0] == Argument{.name = "channel", .is_optional = true, .is_multiple = true});
}

TEST_CASE("a word in capitals is repeated with its parameter, or stands before a repeated one") {
  const Argument prefix = parse_syntax("[PREFIX prefix [PREFIX prefix ...]]")[0];
  CHECK(prefix.is_multiple);
  CHECK(prefix.is_multiple_token);

  const Argument id = parse_syntax("[ID <client-id [client-id ...]>]")[0];
  CHECK(id == Argument{.name = "client-id", .token = "ID", .is_optional = true, .is_multiple = true});
}

TEST_CASE("a command without arguments has none") {
  CHECK(parse_syntax("").empty());
}
