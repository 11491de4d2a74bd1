// Sluice and the programs that come with Redis: redis-cli in the ways people use it, and redis-benchmark.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/sanitizers.hpp"
#include "tests/support/server_process.hpp"

namespace sluice::tests {
namespace {

ServerProcess& server() {
  static ServerProcess process(sluice_server());
  return process;
}

std::vector<std::string> command_line(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> words{program, "-p", std::to_string(server().port())};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

ProgramResult redis_cli(const std::vector<std::string>& arguments, const std::string& input = {}) {
  return run_program(command_line("redis-cli", arguments), input);
}

std::vector<std::string> split_lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

void fill(const std::string& prefix, int count) {
  std::vector<Request> requests;
  for (int number = 0; number < count; ++number) requests.push_back({"SET", prefix + std::to_string(number), "v"});
  Client client = server().connect();
  client.send_bytes(encode_pipeline(requests));
  for (int number = 0; number < count; ++number) REQUIRE(client.read_reply()->text == "OK");
}

TEST_CASE("redis-cli runs one command and prints its reply") {
  CHECK(redis_cli({"SET", "k", "v"}).output == "OK\n");
  CHECK(redis_cli({"--no-raw", "GET", "k"}).output == "\"v\"\n");
  CHECK(
      redis_cli({"--no-raw", "INCR", "k"}).output.starts_with("(error) ERR value is not an integer or out of range\n"));
}

TEST_CASE("redis-cli runs what is typed line by line") {
  const auto result = redis_cli({"--no-raw"}, "SET greeting \"hello world\"\nGET greeting\nDEL n\nINCR n\nMGET n x\n");
  CHECK(result.exit_status == 0);
  CHECK(result.output == "OK\n\"hello world\"\n(integer) 0\n(integer) 1\n1) \"1\"\n2) (nil)\n");
}

TEST_CASE("redis-cli speaks RESP3") {
  CHECK(redis_cli({"-3", "--no-raw", "CONFIG", "GET", "databases"}).output == "1# \"databases\" => \"16\"\n");
}

TEST_CASE("redis-cli --scan finds every key, or those of a pattern") {
  server().connect().ask({"FLUSHALL"});
  fill("user:", 3000);
  fill("order:", 1000);
  const auto all = split_lines(redis_cli({"--scan"}).output);
  CHECK(std::set(all.begin(), all.end()).size() == 4000);
  const auto orders = split_lines(redis_cli({"--scan", "--pattern", "order:*"}).output);
  CHECK(std::set(orders.begin(), orders.end()).size() == 1000);
  CHECK(std::ranges::all_of(orders, [](const std::string& key) { return key.starts_with("order:"); }));
}

TEST_CASE("redis-cli --stat prints a line of figures for each sample") {
  server().connect().ask({"FLUSHALL"});
  fill("key:", 7);
  const TemporaryFolder folder;
  const std::string output_path = folder.path("output");
  // redis-cli prints in blocks of 4 KiB when its output is no terminal: many short samples come sooner.
  const Process stat(command_line("redis-cli", {"--stat", "-i", "0.01"}), {.output_path = output_path});
  const auto samples = [&] {
    auto lines = split_lines(read_file(output_path));
    std::erase_if(lines, [](const std::string& line) { return !line.starts_with("7 "); });
    return lines;
  };
  REQUIRE_MESSAGE(eventually([&] { return samples().size() >= 3; }), read_file(output_path));
  // keys, memory, clients, blocked, requests (+ growth), connections
  std::istringstream fields(samples()[1]);
  std::string keys, memory;
  int clients = 0, blocked = -1, requests = 0;
  fields >> keys >> memory >> clients >> blocked >> requests;
  CHECK(memory.find_first_of("BKMG") != std::string::npos);
  CHECK(clients >= 1);
  CHECK(blocked == 0);
  CHECK(requests > 7);
}

TEST_CASE("redis-cli --latency measures round trips") {
  std::istringstream fields(redis_cli({"--latency", "-i", "1"}).output);
  int shortest_ms = -1, longest_ms = -1, samples = 0;
  double mean_ms = -1;
  fields >> shortest_ms >> longest_ms >> mean_ms >> samples;
  CHECK(shortest_ms >= 0);
  CHECK(longest_ms >= shortest_ms);
  CHECK(mean_ms >= 0);
  CHECK(samples > 10);
}

TEST_CASE("redis-cli --pipe inserts in bulk") {
  server().connect().ask({"FLUSHALL"});
  std::vector<Request> requests;
  for (int number = 0; number < 20000; ++number) requests.push_back({"SET", "key:" + std::to_string(number), "value"});
  const auto result = redis_cli({"--pipe"}, encode_pipeline(requests));
  CHECK(result.exit_status == 0);
  CHECK_MESSAGE(result.output.find("errors: 0, replies: 20000") != std::string::npos, result.output);
  CHECK(server().connect().ask({"DBSIZE"}).integer == 20000);
}

// Runs redis-benchmark and checks that each of its tests came to a result.
void check_benchmark(const std::vector<std::string>& arguments, const std::string& pipeline) {
  CAPTURE(pipeline);
  std::vector<std::string> command{"redis-benchmark"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const std::string requests = is_sanitized ? "2000" : "10000";
  for (const char* word : {"-t", "ping,set,get,incr,mset", "-q", "--csv"}) command.emplace_back(word);
  command.insert(command.end(), {"-n", requests, "-P", pipeline});
  const auto result = run_program(command);
  CHECK(result.exit_status == 0);
  for (const char* test :
       {"\"PING_INLINE\",", "\"PING_MBULK\",", "\"SET\",", "\"GET\",", "\"INCR\",", "\"MSET (10 keys)\","}) {
    CHECK_MESSAGE(result.output.find(test) != std::string::npos, test << " is missing in " << result.output);
  }
  CHECK_MESSAGE(result.output.find("rror") == std::string::npos, result.output);
}

TEST_CASE("redis-benchmark runs through at any depth of pipeline") {
  for (const char* pipeline : {"1", "16", "64"}) check_benchmark({"-p", std::to_string(server().port())}, pipeline);
}

TEST_CASE("redis-benchmark runs over the unix socket") {
  check_benchmark({"-s", server().unix_path()}, "16");
}

}  // namespace
}  // namespace sluice::tests
