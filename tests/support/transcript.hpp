#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/request.hpp"

// Transcripts: conversations with a server, written down as redis-cli shows them, that are replayed and compared.
//
//   # A title in plain words, behind a blank line, starts a case
//   > SET key "a value"          a request; words are quoted as in redis-cli
//   OK                           the reply's lines, up to the next blank line or request; none if there is no reply
//   > TIME
//   1) "1700000000"
//   ~ 2) "*"                     a line behind "~ " is a pattern for one line: '*' any text, '?' any one character
//   > COMMAND DOCS GET
//   1) "get"
//   ~~                           any number of lines
//   > PING
//   (closed)                     the server has closed the connection
//   > SUBSCRIBE a b              several replies stand one below the other
//   1) "subscribe"
//   2) "a"
//   3) (integer) 1
//   1) "subscribe"
//   2) "b"
//   3) (integer) 2
//
// What a connection is sent at another time than right after its request stands behind "< ": what it is pushed, and the
// reply of a command that has to wait, which is written as a request without a reply:
//
//   > BLPOP list 0
//   @connection other
//   > RPUSH list x
//   (integer) 1
//   @connection main
//   < 1) "list"
//   < 2) "x"
//
// A message of nothing but strings, of fewer than ten, may stand in one line, its words quoted as those of requests:
//
//   << message channel "a value"
//
// Everything that a connection is sent has to be told, in its order. "< (nothing)" says that there is nothing more just
// now; the end of a case says so of all its connections.
//
// A request may name another connection by its number, once that has asked for it:
//
//   @connection other
//   > CLIENT ID
//   ~ (integer) *
//   @connection main
//   > CLIENT KILL ID <id:other>
//   (integer) 1
//
// Directives stand on lines of their own: "@connection NAME" (the first is "main"), "@resp3", "@advance 150ms",
// "@only sluice — REASON" (the case is not compared with redis-server). Each case starts with empty databases and fresh
// connections.
namespace sluice::tests {

// One line of a transcript that does something.
struct TranscriptStep {
  enum class Kind : std::uint8_t { request, arrival, use_connection, use_resp3, advance };
  Kind kind = Kind::request;
  std::size_t line = 0;  // in its file, from 1
  std::string text;      // as written: the request, or the connection's name
  Request words;
  std::vector<std::string> expected;  // the lines of the replies, patterns among them
  std::int64_t advance_ms = 0;
};

struct TranscriptCase {
  std::string file;
  std::size_t line = 0;
  std::string title;
  std::string only_sluice_reason;  // empty: compared with redis-server too
  std::vector<TranscriptStep> steps;
};

// A transcript that cannot be understood; says where and why.
class TranscriptError : public std::runtime_error {
 public:
  TranscriptError(std::string_view file, std::size_t line, std::string_view problem);
};

// Reads the cases of a transcript; `file` is what messages call it. Throws TranscriptError.
std::vector<TranscriptCase> parse_transcript(std::string_view file, std::string_view text);
std::vector<TranscriptCase> read_transcript(const std::filesystem::path& path);

// Whether replies printed as `lines` are what `expected` asks for.
bool reply_matches(const std::vector<std::string>& expected, const std::vector<std::string>& lines);

// How many replies the lines of a step stand for: each aggregate, known by its first element, is one; so is whatever
// comes before the first aggregate.
std::size_t count_replies(const std::vector<std::string>& expected);

// What an arrival says when nothing is to have come.
inline constexpr std::string_view nothing_line = "(nothing)";

}  // namespace sluice::tests
