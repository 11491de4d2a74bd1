#include "server/base/glob.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace sluice::base;

namespace {

struct Case {
  std::string_view pattern, text;
  bool matches;
};

}  // namespace

// Each row was compared with KEYS of redis-server 7.0.15.
TEST_CASE("patterns match as in KEYS") {
  constexpr Case cases[] = {
      // plain characters
      {"", "", true},
      {"", "a", false},
      {"a", "", false},
      {"abc", "abc", true},
      {"abc", "abd", false},
      {"abc", "ab", false},
      // one of anything
      {"?", "a", true},
      {"?", "", false},
      {"h?llo", "hello", true},
      {"h?llo", "hllo", false},
      {"???", "abc", true},
      // any number of anything
      {"*", "", false},
      {"*", "abc", true},

      {"a*", "a", true},
      {"*a", "ba", true},
      {"*a", "ab", false},
      {"a*c", "abbbc", true},
      {"a*c", "abbb", false},
      {"*a*b*", "xxaxxbxx", true},
      {"*a*b*", "xxbxxaxx", false},
      {"*abc", "ababc", true},
      {"*?", "", false},
      {"*?", "a", true},
      {"a*b*c", "aXbXbYc", true},
      // sets
      {"h[ae]llo", "hello", true},
      {"h[ae]llo", "hillo", false},
      {"[a]", "", false},
      {"[]", "a", false},
      {"[]a]", "a", false},
      {"[^a]", "b", true},
      {"[^a]", "a", false},
      {"[^]", "a", true},
      {"[!a]", "!", true},
      {"[!a]", "b", false},
      // ranges
      {"[a-c]", "b", true},
      {"[a-c]", "d", false},
      {"[c-a]", "b", true},
      {"[^a-c]", "d", true},
      {"[a-]", "a", true},
      {"[a-]", "]", true},
      {"[-a]", "-", true},
      {"[a-c-e]", "-", true},
      {"[a-c-e]", "d", false},
      // escapes
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"\\?", "?", true},
      {"\\\\", "\\", true},
      {"\\a", "a", true},
      {"\\", "\\", true},
      {"a\\", "a\\", true},
      {"[\\]]", "]", true},
      {"[\\a-c]", "b", false},
      {"[\\a-c]", "-", true},
      {"[a\\]b]", "b", true},
      // sets without an end
      {"[abc", "b", true},
      {"[abc", "d", false},
      {"[", "a", false},
      {"[^", "a", true},
      {"[a-", "a", true},
      {"[a-", "-", true},
      {"[a-", "b", false},
      {"[\\", "\\", true},
      {"x[", "x", false},
  };
  for (const auto& [pattern, text, matches] : cases) {
    CAPTURE(pattern);
    CAPTURE(text);
    CHECK(glob_matches(pattern, text) == matches);
  }
}

// KEYS and SCAN take "*" for every key, and do not ask.
TEST_CASE("the empty text matches the empty pattern alone") {
  CHECK(glob_matches("", ""));
  CHECK_FALSE(glob_matches("*", ""));
  CHECK_FALSE(glob_matches("***", ""));
  CHECK(glob_matches("a*", "a"));
}

TEST_CASE("letter case counts unless it is told not to") {
  CHECK_FALSE(glob_matches("ABC", "abc"));
  CHECK(glob_matches("ABC", "abc", LetterCase::insensitive));
  CHECK(glob_matches("[A-C]*", "bx", LetterCase::insensitive));
  CHECK(glob_matches("[x-Z]", "Y", LetterCase::insensitive));
  CHECK_FALSE(glob_matches("[a-c]", "B"));
}

TEST_CASE("bytes above 127 are characters like any other, in order of their value") {
  CHECK(glob_matches("[\x80-\xff]", "\xc3"));
  CHECK_FALSE(glob_matches("[\x80-\xff]", "a"));
  CHECK(glob_matches("?", std::string_view("\0", 1)));
}

TEST_CASE("many stars do not take exponential time") {
  std::string pattern;
  for (int star = 0; star < 50; ++star) pattern += "a*";
  pattern += "b";
  CHECK_FALSE(glob_matches(pattern, std::string(2000, 'a')));
}
