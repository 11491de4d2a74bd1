#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/reply_parser.hpp"

namespace sluice::tests {

// The lines that redis-cli prints for a reply on a terminal: strings quoted, elements numbered, nested aggregates
// indented. Without trailing blanks and empty lines. Two things redis-cli 7.0 cannot print at all: a big number, for
// which its bare digits stand here, and an attribute, which is printed like a map.
std::vector<std::string> reply_lines(const protocol::Reply& reply);

// `bytes` in double quotes, with redis-cli's escapes.
std::string quoted(std::string_view bytes);

}  // namespace sluice::tests
