#include "server/dispatch/requests/key_finder.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace sluice::dispatch;

namespace {

// The words that are keys, joined.
std::string keys_of(const KeySpecs& keys, const std::vector<std::string_view>& request) {
  const auto found = find_keys({.name = "X", .keys = keys}, request);
  if (!found) return "(invalid)";
  std::string joined;
  for (const FoundKey& key : *found) joined += std::string(request[key.word]) + ' ';
  return joined;
}

}  // namespace

TEST_CASE("one key is the first argument") {
  CHECK(keys_of(one_key(KeyFlag::read_only), {"GET", "a"}) == "a ");
}

TEST_CASE("all arguments can be keys") {
  CHECK(keys_of(all_keys(KeyFlag::read_only), {"MGET", "a", "b", "c"}) == "a b c ");
}

TEST_CASE("every second argument can be a key") {
  const KeySpec pairs{.flags = KeyFlag::overwrite, .last = -1, .step = 2};
  CHECK(keys_of(pairs, {"MSET", "a", "1", "b", "2"}) == "a b ");
}

TEST_CASE("two specs give their keys in turn") {
  const KeySpecs both{KeySpec{.flags = KeyFlag::read_only}, KeySpec{.flags = KeyFlag::overwrite, .index = 2}};
  CHECK(keys_of(both, {"COPY", "from", "to"}) == "from to ");
}

TEST_CASE("keys behind a keyword are found wherever it stands") {
  const KeySpec behind{.flags = KeyFlag::read_only, .index = 1, .last = -1, .keyword = "KEYS"};
  CHECK(keys_of(behind, {"MIGRATE", "host", "keys", "a", "b"}) == "a b ");
  CHECK(keys_of(behind, {"MIGRATE", "host"}).empty());
}

TEST_CASE("keys that are counted follow their number") {
  CHECK(keys_of(counted_keys(1, KeyFlag::read_write), {"LMPOP", "2", "a", "b", "LEFT"}) == "a b ");
  CHECK(keys_of(counted_keys(2, KeyFlag::read_write), {"BLMPOP", "0", "1", "a", "LEFT"}) == "a ");
}

TEST_CASE("keys are counted behind a key of a place of its own") {
  const KeySpecs both{KeySpec{.flags = KeyFlag::overwrite},
                      KeySpec{.flags = KeyFlag::read_only, .index = 2, .is_counted = true}};
  CHECK(keys_of(both, {"ZUNIONSTORE", "to", "2", "a", "b", "AGGREGATE", "MAX"}) == "to a b ");
}

TEST_CASE("a number of keys that is none, or that the words do not suffice for, is invalid") {
  for (const std::string_view number : {"0", "-1", "4", "9223372036854775807", "9223372036854775808", "x", ""}) {
    CAPTURE(number);
    CHECK(keys_of(counted_keys(1, KeyFlag::read_write), {"LMPOP", number, "a", "b", "LEFT"}) == "(invalid)");
  }
  CHECK(keys_of(counted_keys(2, KeyFlag::read_only), {"EVAL", "script"}) == "(invalid)");
}

TEST_CASE("keys can be the first half of what follows a keyword") {
  const KeySpec half{.flags = KeyFlag::read_only, .last = -1, .limit = 2, .keyword = "STREAMS"};
  CHECK(keys_of(half, {"XREAD", "COUNT", "1", "STREAMS", "a", "b", "0", "0"}) == "a b ");
  CHECK(keys_of(half, {"XREAD", "COUNT", "1", "STREAMS"}) == "(invalid)");
}

TEST_CASE("a request that is too short for its keys is invalid") {
  CHECK(keys_of(KeySpec{.flags = KeyFlag::read_only, .index = 2}, {"OBJECT", "FREQ"}) == "(invalid)");
}

TEST_CASE("channels are no keys") {
  const SpecFields publish{.name = "SPUBLISH", .keys = one_key(KeyFlag::not_key)};
  const std::vector<std::string_view> request = {"SPUBLISH", "channel", "message"};

  CHECK_FALSE(may_have_keys(publish));
  CHECK(find_keys(publish, request)->empty());
}

TEST_CASE("what is done to a key may depend on the request") {
  const auto flags_of = [](Words request) {
    return request.size() > 3 ? KeyFlags(KeyFlag::read_write) : KeyFlags(KeyFlag::overwrite);
  };
  const SpecFields set{.name = "SET", .keys = one_key(KeyFlag::variable_flags), .key_flags_of = flags_of};
  const std::vector<std::string_view> plain = {"SET", "k", "v"};
  const std::vector<std::string_view> with_get = {"SET", "k", "v", "GET"};

  CHECK(find_keys(set, plain)->front().flags == KeyFlags(KeyFlag::overwrite));
  CHECK(find_keys(set, with_get)->front().flags == KeyFlags(KeyFlag::read_write));
}
