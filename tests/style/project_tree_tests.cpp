// The rules applied to the project itself. CTest runs this program in the project's root.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "tests/style/source_tree.hpp"
#include "tests/style/tree_rules.hpp"

namespace sluice::style {
namespace {

SourceTree project_tree() {
  return read_source_tree(std::filesystem::current_path(), {"protocol", "server", "tests", "bench"});
}

// One complaint a line, so that a failure reads as the list of what to mend.
std::string list(const Complaints& complaints) {
  std::string lines;
  for (const auto& complaint : complaints) lines += complaint + '\n';
  return lines;
}

TEST_CASE("the test sees the project's files and their includes") {
  const auto tree = project_tree();
  const auto self = std::ranges::find(tree, "tests/style/project_tree_tests.cpp", &SourceFile::path);
  REQUIRE(self != tree.end());
  CHECK(std::ranges::count(self->includes, "tests/style/tree_rules.hpp", &Include::target) == 1);
  for (const auto* folder : {"protocol/", "server/base/", "server/store/"}) {
    CHECK_MESSAGE(std::ranges::any_of(tree, [=](const auto& file) { return file.path.starts_with(folder); }), folder);
  }
}

TEST_CASE("every file has its place in the design") {
  CHECK(list(find_unplaced_files(project_tree())) == "");
}

TEST_CASE("every quoted include is a path from the root") {
  CHECK(list(find_unresolved_includes(project_tree())) == "");
}

TEST_CASE("includes point down") {
  CHECK(list(find_upward_includes(project_tree())) == "");
}

TEST_CASE("the protocol stands on the standard library") {
  CHECK(list(find_foreign_includes_of_protocol(project_tree())) == "");
}

TEST_CASE("Asio stays beside the sockets") {
  CHECK(list(find_misplaced_asio(project_tree())) == "");
}

TEST_CASE("no coroutine of the server drops its exceptions") {
  CHECK(list(find_unguarded_coroutines(project_tree())) == "");
}

TEST_CASE("no file includes itself by way of others") {
  CHECK(list(find_include_cycles(project_tree())) == "");
}

TEST_CASE("no file is longer than 700 lines") {
  CHECK(list(find_long_files(project_tree(), 700)) == "");
}

}  // namespace
}  // namespace sluice::style
