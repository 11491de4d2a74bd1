#include "server/dispatch/requests/arg_reader.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string_view>

#include "server/dispatch/requests/command_error.hpp"

using namespace sluice::dispatch;
using sluice::base::KeyHasher;

namespace {

template <std::size_t size>
ArgReader reader_of(const std::array<std::string_view, size>& words) {
  return ArgReader(words, 0, KeyHashing{KeyHasher(1), 4711, words.empty() ? nullptr : words.data()});
}

}  // namespace

TEST_CASE("the first key has the hash that was computed with the request, later ones their own") {
  const std::array<std::string_view, 2> words = {"a", "b"};
  ArgReader reader = reader_of(words);

  CHECK(reader.next_key().hash == 4711);
  CHECK(reader.next_key().hash == KeyHasher(1)("b"));
}

TEST_CASE("the hash that was computed stays with its word, though keys are read in another order") {
  const std::array<std::string_view, 3> words = {"a", "b", "c"};
  const KeyHashing hashing{KeyHasher(1), 4711, &words[1]};
  ArgReader reader(words, 0, hashing);
  CHECK(reader.next_key().hash == KeyHasher(1)("a"));
  CHECK(reader.next_key().hash == 4711);

  // Also for a reader of a part of the words.
  ArgReader tail(Words(words).subspan(1), 1, hashing);
  CHECK(tail.next_key().hash == KeyHasher(1)("c"));
}

TEST_CASE("an integer must be canonical") {
  for (const std::string_view text : {"1x", "", "+1", "01", " 1", "9223372036854775808"}) {
    const std::array<std::string_view, 1> words = {text};
    ArgReader reader = reader_of(words);
    CHECK_THROWS_AS(reader.next_integer(), CommandError);
  }
}

TEST_CASE("a missing word is a syntax error") {
  const std::array<std::string_view, 0> words = {};
  ArgReader reader = reader_of(words);

  CHECK_THROWS_WITH_AS(reader.next_word(), "ERR syntax error", CommandError);
}

TEST_CASE("a leftover word is a syntax error") {
  const std::array<std::string_view, 1> words = {"surplus"};
  const ArgReader reader = reader_of(words);

  CHECK_THROWS_WITH_AS(reader.finish(), "ERR syntax error", CommandError);
}

TEST_CASE("a keyword is taken in any case, and only if it is there") {
  const std::array<std::string_view, 1> words = {"mAtCh"};
  ArgReader reader = reader_of(words);

  CHECK_FALSE(reader.take_keyword("COUNT"));
  CHECK(reader.take_keyword("MATCH"));
  CHECK_FALSE(reader.take_keyword("MATCH"));
}
