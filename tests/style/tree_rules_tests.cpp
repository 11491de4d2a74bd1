// The rules themselves, on trees made up for the purpose: each is seen to refuse what it is there to refuse.
#include "tests/style/tree_rules.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

#include "tests/style/source_tree.hpp"

namespace sluice::style {
namespace {

SourceFile file(std::string path, std::initializer_list<std::string> quoted_includes) {
  SourceFile made_up{std::move(path), 1, {}};
  for (const auto& target : quoted_includes) made_up.includes.push_back({target, true});
  return made_up;
}

SourceFile file_with_library(std::string path, std::string header) {
  return {std::move(path), 1, {{std::move(header), false}}};
}

TEST_CASE("include lines are found however they are spaced, and nothing else is taken for one") {
  const auto source = parse_source("a.cpp",
                                   "#include <vector>\n"
                                   "  #  include \"server/base/clock.hpp\"  // why\n"
                                   "// #include \"server/net/listener.hpp\"\n"
                                   "#include_next <string>\n"
                                   "int includes;\n");
  REQUIRE(source.includes.size() == 2);
  CHECK(source.includes[0].target == "vector");
  CHECK_FALSE(source.includes[0].quoted);
  CHECK(source.includes[1].target == "server/base/clock.hpp");
  CHECK(source.includes[1].quoted);
}

TEST_CASE("lines are counted with and without a newline at the end") {
  CHECK(parse_source("a.cpp", "").line_count == 0);
  CHECK(parse_source("a.cpp", "one\ntwo\n").line_count == 2);
  CHECK(parse_source("a.cpp", "one\n\nthree").line_count == 3);
}

TEST_CASE("an include that points down, or stays in its part, is allowed") {
  CHECK(find_upward_includes(
            {
                file("server/main.cpp", {"server/server.hpp"}),
                file("server/server.hpp", {"server/net/listener.hpp", "server/manager/manager.hpp"}),
                file("server/net/listener.hpp", {"server/net/handler.hpp", "server/dispatch/clients/batch.hpp"}),
                file("server/commands/strings/counters.cpp", {"server/config/settings.hpp", "protocol/words.hpp"}),
                file("server/telemetry/info.cpp", {"server/dispatch/requests/spec.hpp"}),
                file("server/store/keyspace/entry.cpp", {"server/base/clock.hpp"}),
                file("tests/unit/base/clock_tests.cpp", {"server/base/clock.hpp"}),
            })
            .empty());
}

TEST_CASE("an include that points up is refused, whichever row it starts from") {
  const SourceTree tree = {
      file("protocol/words.hpp", {"tests/support/transcript.hpp"}),
      file("server/base/clock.hpp", {"server/store/keyspace/entry.hpp"}),
      file("server/store/keyspace/entry.hpp", {"server/dispatch/clients/batch.hpp"}),
      file("server/dispatch/clients/batch.hpp", {"server/config/settings.hpp"}),
      file("server/config/settings.hpp", {"server/commands/lists/register.hpp"}),
      file("server/commands/lists/register.hpp", {"server/manager/manager.hpp"}),
      file("server/manager/manager.hpp", {"server/server.hpp"}),
      file("server/server.hpp", {"server/main.hpp"}),
  };
  CHECK(find_upward_includes(tree).size() == tree.size());
}

TEST_CASE("neighbours do not include each other") {
  const SourceTree tree = {
      file("server/config/settings.hpp", {"server/telemetry/info.hpp"}),
      file("server/commands/lists/edit.hpp", {"server/commands/strings/shared.hpp"}),
  };
  CHECK(find_upward_includes(tree).size() == tree.size());
}

TEST_CASE("the network does not know the store, though the store lies below it") {
  CHECK(find_upward_includes({file("server/net/handler.cpp", {"server/store/keyspace/entry.hpp"})}) ==
        Complaints{"server/net/handler.cpp includes server/store/keyspace/entry.hpp"});
}

TEST_CASE("a folder whose name starts like another's is not mistaken for it") {
  CHECK(find_unplaced_files({file("server/network/handler.cpp", {}), file("server/net/handler.cpp", {})}) ==
        Complaints{"server/network/handler.cpp belongs to no part of the design"});
}

TEST_CASE("a quoted include that is not a path from the root is refused, so that no arrow stays hidden") {
  CHECK(find_unresolved_includes(
            {file("server/store/keyspace/entry.cpp", {"entry.hpp"}), file("server/store/keyspace/entry.hpp", {})}) ==
        Complaints{"server/store/keyspace/entry.cpp includes entry.hpp"});
}

TEST_CASE("the protocol may include standard headers and itself, and no library") {
  CHECK(find_foreign_includes_of_protocol({file_with_library("protocol/words.hpp", "string_view"),
                                           file("protocol/words.cpp", {"protocol/words.hpp"})})
            .empty());
  CHECK(find_foreign_includes_of_protocol({file_with_library("protocol/words.hpp", "fmt/format.h"),
                                           file_with_library("protocol/words.cpp", "xxhash.h"),
                                           file_with_library("server/base/hash.hpp", "xxhash.h")})
            .size() == 2);
}

TEST_CASE("Asio is allowed beside the sockets only") {
  CHECK(find_misplaced_asio({file_with_library("server/net/handler.cpp", "boost/asio/read.hpp"),
                             file_with_library("server/main.cpp", "boost/asio.hpp")})
            .empty());
  CHECK(find_misplaced_asio({file_with_library("server/commands/strings/counters.cpp", "boost/asio/read.hpp"),
                             file_with_library("server/dispatch/clients/batch.hpp", "boost/asio.hpp"),
                             file_with_library("server/store/keyspace/entry.cpp", "boost/asio/steady_timer.hpp")})
            .size() == 3);
}

TEST_CASE("coroutines of the server are started in one place") {
  CHECK(find_unguarded_coroutines({file_with_library("server/net/spawn.hpp", "boost/asio/co_spawn.hpp"),
                                   file_with_library("tests/unit/net/oneshot_tests.cpp", "boost/asio/detached.hpp")})
            .empty());
  CHECK(find_unguarded_coroutines({file_with_library("server/net/listener.cpp", "boost/asio/detached.hpp")}).size() ==
        1);
  CHECK(find_unguarded_coroutines({file_with_library("server/server.cpp", "boost/asio/co_spawn.hpp")}).size() == 1);
}

TEST_CASE("files that include each other in a circle are named in order") {
  CHECK(
      find_include_cycles({
          file("server/base/a.hpp", {"server/base/b.hpp"}),
          file("server/base/b.hpp", {"server/base/c.hpp"}),
          file("server/base/c.hpp", {"server/base/a.hpp"}),
      }) ==
      Complaints{"server/base/a.hpp includes server/base/b.hpp includes server/base/c.hpp includes server/base/a.hpp"});
}

TEST_CASE("two ways to the same file are no circle") {
  CHECK(find_include_cycles({
                                file("server/base/a.hpp", {"server/base/b.hpp", "server/base/c.hpp"}),
                                file("server/base/b.hpp", {"server/base/d.hpp"}),
                                file("server/base/c.hpp", {"server/base/d.hpp"}),
                                file("server/base/d.hpp", {}),
                            })
            .empty());
}

TEST_CASE("a file may have as many lines as the limit says, and not one more") {
  CHECK(find_long_files({{"server/base/a.cpp", 700, {}}}, 700).empty());
  CHECK(find_long_files({{"server/base/a.cpp", 701, {}}}, 700) == Complaints{"server/base/a.cpp has 701 lines"});
}

}  // namespace
}  // namespace sluice::style
