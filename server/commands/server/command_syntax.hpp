#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::commands::server {

// One argument of a command, or a group of them, as COMMAND DOCS describes it.
struct Argument {
  enum class Kind : std::uint8_t { parameter, pure_token, one_of, block };
  Kind kind = Kind::parameter;
  std::string_view name;   // of a parameter, and of a group that is given one
  std::string_view type;   // of a parameter that is given one
  std::string_view token;  // the word that precedes it, or that it is
  bool is_optional = false;
  bool is_multiple = false;
  bool is_multiple_token = false;  // the token is repeated too
  std::vector<Argument> parts;     // one_of, block

  bool operator==(const Argument&) const = default;
};

// Reads the notation in which the documentation writes arguments:
//
//   key            a parameter               NX           a word to be given as it is
//   EX seconds     a parameter with its word AUTH u p     several of them
//   n:double       a parameter of a type     AUTH < … >   a group with its word
//   [ … ]          may be left out           < … >        a group
//   a | b          one of them               < n: … >     a group called n; [ n: … ] likewise
//   [ … ...]       may be repeated; behind the very same words: these may be repeated
//
// The views point into `syntax`. A text that is not of this form is a programming error; what can be read of it is
// returned.
std::vector<Argument> parse_syntax(std::string_view syntax);

}  // namespace sluice::commands::server
