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
//
// Directives stand on lines of their own: "@connection NAME" (the first is "main"), "@resp3", "@advance 150ms",
// "@only sluice — REASON" (the case is not compared with redis-server). Each case starts with empty databases and fresh
// connections.
namespace sluice::tests {

// One line of a transcript that does something.
struct TranscriptStep {
  enum class Kind : std::uint8_t { request, use_connection, use_resp3, advance };
  Kind kind = Kind::request;
  std::size_t line = 0;  // in its file, from 1
  std::string text;      // as written: the request, or the connection's name
  Request words;
  std::vector<std::string> expected;  // the reply's lines, patterns among them
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

// Whether a reply printed as `lines` is what `expected` asks for.
bool reply_matches(const std::vector<std::string>& expected, const std::vector<std::string>& lines);

}  // namespace sluice::tests
