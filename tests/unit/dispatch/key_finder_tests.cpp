#include "server/dispatch/key_finder.hpp"

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

TEST_CASE("a request that is too short for its keys is invalid") {
  CHECK(keys_of(KeySpec{.flags = KeyFlag::read_only, .index = 2}, {"OBJECT", "FREQ"}) == "(invalid)");
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
