#include <doctest/doctest.h>

#include <array>
#include <string>
#include <utility>

#include "tests/support/in_process_server.hpp"

// Up to how many bytes a list is one listpack.
namespace sluice::tests {
namespace {

// What a listpack has besides its elements, and an element of 1 to 63 bytes besides its text.
constexpr std::size_t listpack_bytes = 7;
constexpr std::size_t short_element_bytes = 2;

constexpr std::array<std::pair<int, std::size_t>, 5> byte_limits{
    {{-1, 4096}, {-2, 8192}, {-3, 16384}, {-4, 32768}, {-5, 65536}}};

struct Fixture {
  void limit(int setting) { server.run({"CONFIG", "SET", "list-max-listpack-size", std::to_string(setting)}); }
  std::string encoding() { return server.run({"OBJECT", "ENCODING", "list"})->text; }

  InProcessServer server;
};

TEST_CASE_FIXTURE(Fixture, "the first element alone decides by the bytes of its text") {
  for (const auto& [setting, bytes_max] : byte_limits) {
    limit(setting);
    server.run({"RPUSH", "list", std::string(bytes_max - listpack_bytes, 'x')});
    CHECK(encoding() == "listpack");
    server.run({"DEL", "list"});
    server.run({"RPUSH", "list", std::string(bytes_max - listpack_bytes + 1, 'x')});
    CHECK(encoding() == "quicklist");
    server.run({"DEL", "list"});
  }
}

TEST_CASE_FIXTURE(Fixture, "a list grows into chunks when the next text would exceed the bytes allowed") {
  for (const auto& [setting, bytes_max] : byte_limits) {
    limit(setting);
    server.run({"RPUSH", "list", "0123456789"});
    const std::size_t bytes = listpack_bytes + short_element_bytes + 10;
    server.run({"LPUSH", "list", std::string(bytes_max - bytes, 'x')});
    CHECK(encoding() == "listpack");
    server.run({"LPUSH", "list", "x"});
    CHECK(encoding() == "quicklist");
    server.run({"DEL", "list"});
  }
}

TEST_CASE_FIXTURE(Fixture, "elements that come together count together") {
  limit(-1);
  const std::string third(1363, 'x');
  server.run({"RPUSH", "list", third, third, third});
  CHECK(encoding() == "listpack");
  server.run({"DEL", "list"});
  server.run({"RPUSH", "list", third, third, third + "x"});
  CHECK(encoding() == "quicklist");
}

TEST_CASE_FIXTURE(Fixture, "a list is one listpack again when it fills at most half of the bytes allowed") {
  limit(-1);
  const std::string half(2048 - listpack_bytes - 4, 'x');  // an element of so many bytes has four besides its text
  const std::string large(3000, 'y');
  server.run({"RPUSH", "list", half, large});
  server.run({"RPOP", "list"});
  CHECK(encoding() == "listpack");
  server.run({"DEL", "list"});
  server.run({"RPUSH", "list", half + "x", large});
  server.run({"RPOP", "list"});
  CHECK(encoding() == "quicklist");
}

TEST_CASE_FIXTURE(Fixture, "replacing an element by a large one divides a listpack into chunks") {
  limit(-1);
  server.run({"RPUSH", "list", "a", "b", "c"});
  server.run({"LSET", "list", "1", std::string(4096, 'x')});
  CHECK(encoding() == "quicklist");
  CHECK(server.run({"LLEN", "list"})->integer == 3);
  CHECK(server.run({"LINDEX", "list", "1"})->text == std::string(4096, 'x'));
  CHECK(server.run({"LPOP", "list"})->text == "a");
  CHECK(server.run({"RPOP", "list"})->text == "c");
}

TEST_CASE_FIXTURE(Fixture, "a positive limit of elements allows no more than eight kilobytes") {
  limit(1000);
  server.run({"RPUSH", "list", std::string(8192 - listpack_bytes, 'x')});
  CHECK(encoding() == "listpack");
  server.run({"RPUSH", "list", "x"});
  CHECK(encoding() == "quicklist");
}

}  // namespace
}  // namespace sluice::tests
