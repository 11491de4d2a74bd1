#include "server/config/config_text.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sluice::config {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE("lines come without their ends and the blanks around them") {
  CHECK(split_lines("port 1\r\n\n  # note\t\nlast") == std::vector<std::string_view>{"port 1", "", "# note", "last"});
  CHECK(split_lines("one\n") == std::vector<std::string_view>{"one"});
  CHECK(split_lines("").empty());
}

TEST_CASE("comments and empty lines say nothing") {
  CHECK(is_comment(""));
  CHECK(is_comment("# port 1"));
  CHECK_FALSE(is_comment("port 1 # not a comment"));
}

TEST_CASE("words are quoted as in requests") {
  CHECK(split_words("requirepass \"two words\\n\" 'it\\'s'") == Strings{"requirepass", "two words\n", "it's"});
  CHECK_FALSE(split_words("logfile \"open"));
}

TEST_CASE("what is quoted reads back") {
  using namespace std::string_view_literals;
  for (const auto word : {""sv, "plain"sv, "two words"sv, "\"\\'"sv, "\r\n\t"sv, "\0\x01\xff"sv}) {
    CAPTURE(word);
    CHECK(split_words(quote(word)) == Strings{std::string(word)});
  }
  CHECK(quote(std::string_view("\0\xff", 2)) == "\"\\x00\\xff\"");
}

}  // namespace
}  // namespace sluice::config
