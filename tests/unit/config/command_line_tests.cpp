#include "server/config/command_line.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <vector>

namespace sluice::config {
namespace {

CommandLine parse(std::vector<const char*> words) {
  return parse_command_line(words);
}

TEST_CASE("no words run the server with nothing but defaults") {
  const auto line = parse({});
  CHECK(line.action == CommandLine::Action::run_server);
  CHECK(line.file == "");
  CHECK(line.options == "");
  CHECK_FALSE(line.reads_stdin);
}

TEST_CASE("version and help are asked for by themselves") {
  CHECK(parse({"-v"}).action == CommandLine::Action::print_version);
  CHECK(parse({"--version"}).action == CommandLine::Action::print_version);
  CHECK(parse({"-h"}).action == CommandLine::Action::print_help);
  CHECK(parse({"--help"}).action == CommandLine::Action::print_help);
  CHECK(parse({"--version", "--port", "1"}).action == CommandLine::Action::run_server);
}

TEST_CASE("a first word without dashes is the file, made absolute") {
  CHECK(parse({"/etc/sluice.conf"}).file == "/etc/sluice.conf");
  CHECK(parse({"sluice.conf"}).file == (std::filesystem::current_path() / "sluice.conf").string());
}

TEST_CASE("each directive becomes a line, its values quoted") {
  CHECK(parse({"--port", "7000", "--bind", "127.0.0.1", "::1"}).options ==
        "\nport \"7000\"\nbind \"127.0.0.1\" \"::1\"");
}

TEST_CASE("name and value may come as one word") {
  CHECK(parse({"--port 7000", "--timeout", "5"}).options == "\nport 7000\ntimeout \"5\"");
}

TEST_CASE("a value that begins with two dashes belongs to the directive before it") {
  CHECK(parse({"--requirepass", "--secret", "--port", "1"}).options == "\nrequirepass \"--secret\"\nport \"1\"");
}

TEST_CASE("a bare --save asks for no saving") {
  CHECK(parse({"--save", "--port", "1"}).options == "\nsave \"\"\nport \"1\"");
  CHECK(parse({"--save"}).options == "\nsave \"\"");
  CHECK(parse({"--save", ""}).options == "\nsave \"\"");
}

TEST_CASE("a dash at the end reads standard input") {
  const auto line = parse({"sluice.conf", "--port", "1", "-"});
  CHECK(line.reads_stdin);
  CHECK(line.options == "\nport \"1\"");
}

}  // namespace
}  // namespace sluice::config
