#include "server/config/directive.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <set>

#include "server/config/directives.hpp"

namespace sluice::config {
namespace {

TEST_CASE("amounts of memory are bytes or have a unit, binary with a 'b'") {
  CHECK(parse_memory("0") == 0);
  CHECK(parse_memory("17") == 17);
  CHECK(parse_memory("17b") == 17);
  CHECK(parse_memory("1k") == 1000);
  CHECK(parse_memory("1kb") == 1024);
  CHECK(parse_memory("2m") == 2'000'000);
  CHECK(parse_memory("2MB") == 2 * 1024 * 1024);
  CHECK(parse_memory("3g") == 3'000'000'000);
  CHECK(parse_memory("3Gb") == 3LL * 1024 * 1024 * 1024);
}

TEST_CASE("an amount of memory may be any number of 64 bits") {
  CHECK(parse_memory("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  CHECK(parse_memory("17179869183gb") == 18446744072635809792U);
}

TEST_CASE("what is no amount of memory is refused") {
  for (const auto* text : {"", "kb", "-1", "1x", "1.5gb", "1 kb", " 1", "18446744073709551616",
                           "18446744073709551615b1", "17179869184gb"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_memory(text));
  }
}

TEST_CASE("integers are checked against their bounds") {
  std::int64_t value = 7;
  CHECK(read_integer("65536", {0, 65535}, value) == "argument must be between 0 and 65535 inclusive");
  CHECK(read_integer("12x", {0, 65535}, value) == "argument couldn't be parsed into an integer");
  CHECK(value == 7);
  CHECK_FALSE(read_integer("65535", {0, 65535}, value));
  CHECK(value == 65535);
}

TEST_CASE("permissions are octal") {
  std::int64_t value = 0;
  CHECK_FALSE(read_octal("0755", {0, 0777}, value));
  CHECK(value == 0755);
  CHECK(print_octal(value) == "755");
  for (const auto* text : {"778", "1777", "", "7 "}) {
    CAPTURE(text);
    CHECK(read_octal(text, {0, 0777}, value) == "argument couldn't be parsed as an octal number");
  }
}

TEST_CASE("a choice is taken in any case and kept in its own") {
  static constexpr std::array<std::string_view, 2> choices = {"yes", "local"};
  std::string value;
  CHECK_FALSE(read_choice("LOCAL", choices, value));
  CHECK(value == "local");
  CHECK(read_choice("no", choices, value) == "argument(s) must be one of the following: yes, local");
}

TEST_CASE("every directive has a name of its own and reads its default back") {
  std::set<std::string_view> names;
  dispatch::Settings settings;
  settings.dir = "/";
  for (const Directive& directive : all_directives()) {
    CAPTURE(directive.name);
    CHECK(names.insert(directive.name).second);
    const auto before = directive.read(settings);
    const std::vector<std::string_view> values(before.begin(), before.end());
    CHECK_FALSE(directive.write(settings, values));
    CHECK(directive.read(settings) == before);
  }
}

TEST_CASE("a policy that evicts needs a server that evicts") {
  dispatch::Settings settings;
  settings.maxmemory_policy = "allkeys-lfu";
  CHECK_FALSE(check_together(settings));
  settings.maxmemory = 1;
  CHECK(check_together(settings));
  settings.maxmemory_policy = "noeviction";
  CHECK_FALSE(check_together(settings));
}

}  // namespace
}  // namespace sluice::config
