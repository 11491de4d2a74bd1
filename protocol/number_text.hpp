#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::protocol {

// Reads the whole of `text` as a decimal integer in the one canonical form: an optional '-', no leading zeros, no '+', no
// spaces. Nothing when it is anything else or out of range.
std::optional<std::int64_t> parse_integer(std::string_view text);

// Writes `value` in decimal at `out` (at least 20 bytes); returns the number of bytes written.
std::size_t write_integer(char* out, std::int64_t value);

// `value` as Redis prints doubles in replies: the shortest text that reads back as the same value (17 significant
// digits at most), "inf", "-inf", "nan".
std::string format_real(double value);

}  // namespace sluice::protocol
