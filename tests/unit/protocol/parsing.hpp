#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/frame_parser.hpp"

namespace sluice::protocol::tests {

// The outcome of parsing a stream of bytes: its requests in order, as words that own their text, and the error that
// ended it.
struct Parsed {
  std::vector<std::vector<std::string>> requests;
  std::size_t consumed = 0;  // bytes of the whole requests
  std::string error;         // empty if the stream holds no error

  bool operator==(const Parsed&) const = default;
};

// Hands `pieces` to one parser, one after the other, the way a connection would. The unconsumed rest moves to fresh
// memory before every call, so that a parser which remembers an address is caught by the sanitizer.
inline Parsed parse_pieces(std::span<const std::string_view> pieces, const ParserLimits& limits = {}) {
  Parsed parsed;
  FrameParser parser;
  std::vector<char> unread;
  for (const std::string_view piece : pieces) {
    unread.insert(unread.end(), piece.begin(), piece.end());
    while (!unread.empty()) {
      unread = std::vector<char>(unread);
      std::vector<std::string_view> words;
      const FrameParser::Result result = parser.next(unread, words, limits);
      if (result.status == FrameParser::Status::error) {
        parsed.error = parser.error();
        return parsed;
      }
      if (result.status == FrameParser::Status::incomplete) break;
      if (result.consumed == 0 || result.consumed > unread.size()) {
        parsed.error = "the parser consumed what it cannot have";
        return parsed;
      }
      parsed.requests.emplace_back(words.begin(), words.end());
      parsed.consumed += result.consumed;
      unread.erase(unread.begin(), unread.begin() + static_cast<std::ptrdiff_t>(result.consumed));
    }
  }
  return parsed;
}

inline Parsed parse(std::string_view stream, const ParserLimits& limits = {}) {
  return parse_pieces(std::span(&stream, 1), limits);
}

// Hands over `stream` in pieces of `piece_bytes` (the last may be shorter).
inline Parsed parse_in_steps(std::string_view stream, std::size_t piece_bytes, const ParserLimits& limits = {}) {
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < stream.size(); i += piece_bytes) pieces.push_back(stream.substr(i, piece_bytes));
  return parse_pieces(pieces, limits);
}

inline Parsed parse_in_two(std::string_view stream, std::size_t split, const ParserLimits& limits = {}) {
  const std::string_view halves[] = {stream.substr(0, split), stream.substr(split)};
  return parse_pieces(halves, limits);
}

}  // namespace sluice::protocol::tests
