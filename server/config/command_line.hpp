#pragma once

#include <span>
#include <string>

namespace sluice::config {

// What the words on the command line ask for: "[FILE] [--directive value …] … [-]".
struct CommandLine {
  enum class Action { run_server, print_version, print_help };
  Action action = Action::run_server;
  std::string file;  // absolute; empty if there is none
  bool reads_stdin = false;
  std::string options;  // the directives as lines of a configuration file; they come after the file's and stdin's
};

// `words` without the program's name. Total: what is wrong with the options shows when they are read as configuration.
CommandLine parse_command_line(std::span<const char* const> words);

}  // namespace sluice::config
