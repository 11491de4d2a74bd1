#include "server/dispatch/requests/command_registry.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "server/dispatch/call/contexts.hpp"

using namespace sluice::dispatch;
using sluice::base::KeyHasher;

namespace {

const std::array<Spec<DataContext>, 5> data_family = {{
    {{.name = "GET", .arity = 2, .keys = one_key(KeyFlag::read_only)}},
    {{.name = "A-NAME-LONGER-THAN-SIXTEEN", .arity = -1}},
    {{.name = "OBJECT|FREQ", .arity = 3, .keys = KeySpec{.flags = KeyFlag::read_only, .index = 2}}},
    {{.name = "LMPOP", .arity = -4, .keys = counted_keys(1, KeyFlag::read_write)}},
    {{.name = "XREAD", .arity = -4, .keys = KeySpec{.flags = KeyFlag::read_only, .last = -1, .keyword = "STREAMS"}}},
}};

Command resolve(std::vector<std::string_view> words) {
  static CommandRegistry registry = [] {
    CommandRegistry filled;
    filled.add({.group = "string", .categories = Category::string}, std::span<const Spec<DataContext>>(data_family));
    return filled;
  }();
  return registry.resolve(words, {0, static_cast<std::uint32_t>(words.size())}, KeyHasher(7));
}

InvalidCommand::Reason reason_of(const Command& command) {
  return std::get<InvalidCommand>(command).reason;
}

}  // namespace

TEST_CASE("a command is found in any case, and its first key is hashed") {
  const Command command = resolve({"gEt", "key"});

  const auto& data = std::get<DataCommand>(command);
  CHECK(data.registered->spec.name == "GET");
  CHECK(data.first_key_hash == KeyHasher(7)("key"));
}

TEST_CASE("the first key is hashed wherever the request has it") {
  const auto hash_of = [](std::vector<std::string_view> words) {
    return std::get<DataCommand>(resolve(std::move(words))).first_key_hash;
  };
  CHECK(hash_of({"object", "freq", "key"}) == KeyHasher(7)("key"));
  CHECK(hash_of({"lmpop", "2", "key", "other", "left"}) == KeyHasher(7)("key"));
  CHECK(hash_of({"xread", "count", "1", "streams", "key", "0"}) == KeyHasher(7)("key"));
}

TEST_CASE("a request without the key that it should have is hashed as nothing") {
  const Command command = resolve({"xread", "count", "1", "key"});
  CHECK(std::get<DataCommand>(command).first_key_hash == 0);
}

TEST_CASE("a name of more than sixteen letters is found too") {
  CHECK(std::holds_alternative<DataCommand>(resolve({"a-name-longer-than-sixteen"})));
}

TEST_CASE("a name with other bytes around it is another name") {
  using namespace std::string_view_literals;
  CHECK(reason_of(resolve({"get\0"sv, "key"})) == InvalidCommand::Reason::unknown_command);
  CHECK(reason_of(resolve({"", "key"})) == InvalidCommand::Reason::unknown_command);
}

TEST_CASE("a wrong number of words is found out before anything runs") {
  CHECK(reason_of(resolve({"get"})) == InvalidCommand::Reason::wrong_arity);
  CHECK(reason_of(resolve({"get", "a", "b"})) == InvalidCommand::Reason::wrong_arity);
}

TEST_CASE("a subcommand is found below its container") {
  const Command command = resolve({"object", "freq", "key"});

  CHECK(std::get<DataCommand>(command).registered->spec.name == "OBJECT|FREQ");
  CHECK(std::get<DataCommand>(command).first_key_hash == KeyHasher(7)("key"));
}

TEST_CASE("a subcommand that does not exist is told from a command that does not") {
  CHECK(reason_of(resolve({"object", "nothing", "key"})) == InvalidCommand::Reason::unknown_subcommand);
}

TEST_CASE("a container alone has the wrong arity") {
  CHECK(reason_of(resolve({"object"})) == InvalidCommand::Reason::wrong_arity);
}

TEST_CASE("the full name of a subcommand is not a command") {
  CHECK(reason_of(resolve({"object|freq", "x", "key"})) == InvalidCommand::Reason::unknown_command);
}

TEST_CASE("the error for an unknown command quotes its first words") {
  const std::vector<std::string_view> words = {"foo", "bar", "baz"};

  CHECK(unknown_command_error(words) == "ERR unknown command 'foo', with args beginning with: 'bar' 'baz' ");
}
