#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::commands {

// The timeout of a blocking command, in seconds and their fractions, as milliseconds; 0 is no end. Throws CommandError
// for what is no number, negative or too large.
std::int64_t parse_timeout_ms(std::string_view seconds);

}  // namespace sluice::commands
