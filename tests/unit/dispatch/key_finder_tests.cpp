#include "server/dispatch/requests/key_finder.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace sluice::dispatch;

namespace {

// The words that are keys, joined.
std::string keys_of(const KeySpecs& keys, const std::vector<std::string_view>& request) {
  std::string joined;
  const KeyScan scan = visit_keys({.name = "X", .keys = keys}, request,
                                  [&](const FoundKey& key) { joined += std::string(request[key.word]) + ' '; });
  if (scan == KeyScan::malformed) return "(malformed)";
  CHECK((scan == KeyScan::found) == !joined.empty());
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
  for (const std::string_view number : {"-1", "4", "9223372036854775807", "9223372036854775808", "x", ""}) {
    CAPTURE(number);
    CHECK(keys_of(counted_keys(1, KeyFlag::read_write), {"LMPOP", number, "a", "b", "LEFT"}) == "(malformed)");
  }
  CHECK(keys_of(counted_keys(2, KeyFlag::read_only), {"EVAL", "script"}) == "(malformed)");
}

TEST_CASE("keys can be the first half of what follows a keyword") {
  const KeySpec half{.flags = KeyFlag::read_only, .last = -1, .limit = 2, .keyword = "STREAMS"};
  CHECK(keys_of(half, {"XREAD", "COUNT", "1", "STREAMS", "a", "b", "0", "0"}) == "a b ");
  CHECK(keys_of(half, {"XREAD", "COUNT", "1", "STREAMS"}) == "(malformed)");
}

TEST_CASE("a request that is too short for its keys is invalid") {
  CHECK(keys_of(KeySpec{.flags = KeyFlag::read_only, .index = 2}, {"OBJECT", "FREQ"}) == "(malformed)");
}

TEST_CASE("channels are no keys") {
  const SpecFields publish{.name = "SPUBLISH", .keys = one_key(KeyFlag::not_key)};
  const std::vector<std::string_view> request = {"SPUBLISH", "channel", "message"};

  CHECK_FALSE(may_have_keys(publish));
  CHECK(visit_keys(publish, request, [](const FoundKey&) { CHECK(false); }) == KeyScan::none);
}

TEST_CASE("what is done to a key may depend on the request") {
  const auto flags_of = [](Words request) {
    return request.size() > 3 ? KeyFlags(KeyFlag::read_write) : KeyFlags(KeyFlag::overwrite);
  };
  const SpecFields set{.name = "SET", .keys = one_key(KeyFlag::variable_flags), .key_flags_of = flags_of};
  const std::vector<std::string_view> plain = {"SET", "k", "v"};
  const std::vector<std::string_view> with_get = {"SET", "k", "v", "GET"};

  const auto flags_in = [&](const std::vector<std::string_view>& request) {
    KeyFlags flags;
    visit_keys(set, request, [&](const FoundKey& key) { flags = key.flags; });
    return flags;
  };
  CHECK(flags_in(plain) == KeyFlags(KeyFlag::overwrite));
  CHECK(flags_in(with_get) == KeyFlags(KeyFlag::read_write));
}

TEST_CASE("a request whose keys are counted may rightly have none, which is not the same as a wrong number") {
  CHECK(keys_of(counted_keys(2, KeyFlag::read_write), {"EVAL", "script", "0"}).empty());
  CHECK(keys_of(counted_keys(2, KeyFlag::read_write), {"EVAL", "script", "-1"}) == "(malformed)");
  CHECK(keys_of(counted_keys(2, KeyFlag::read_write), {"EVAL", "script", "x"}) == "(malformed)");
  CHECK(keys_of(counted_keys(2, KeyFlag::read_write), {"EVAL", "script", "2", "a"}) == "(malformed)");
}

TEST_CASE("three specs give their keys in turn, and a command may find its keys itself") {
  const KeySpecs three{KeySpec{.flags = KeyFlag::read_only}, KeySpec{.flags = KeyFlag::overwrite, .keyword = "STORE"},
                       KeySpec{.flags = KeyFlag::overwrite, .keyword = "STOREDIST"}};
  CHECK(keys_of(three, {"GEORADIUS", "from", "STOREDIST", "b", "STORE", "a"}) == "from a b ");

  const SpecFields sort{.name = "SORT", .visit_keys = [](Words request, const KeyVisitor& visit) {
                          visit({request.size() - 1, KeyFlag::overwrite});
                          return KeyScan::found;
                        }};
  const std::vector<std::string_view> request = {"SORT", "x", "STORE", "y"};
  std::size_t word = 0;
  CHECK(visit_keys(sort, request, [&](const FoundKey& key) { word = key.word; }) == KeyScan::found);
  CHECK(word == 3);
  CHECK(may_have_keys(sort));
}
