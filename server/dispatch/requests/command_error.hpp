#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::dispatch {

// Ends a command in an error reply. Thrown by parsing and executing; the executor has the one catch.
class CommandError : public std::exception {
 public:
  // `line` is the reply without '-': it starts with the code, "ERR …" in most cases.
  explicit CommandError(std::string line) : line_(std::move(line)) {}
  const std::string& line() const { return line_; }
  const char* what() const noexcept override { return line_.c_str(); }

 private:
  std::string line_;
};

CommandError syntax_error();
CommandError not_an_integer();
CommandError not_a_float();
CommandError wrong_type();
CommandError no_such_key();
CommandError wrong_arity(std::string_view command_name);  // in any case; reported in lower case

// For a subcommand, as it was typed, that is unknown or cannot take so many words.
CommandError wrong_subcommand(std::string_view container, std::string_view subcommand);

}  // namespace sluice::dispatch
