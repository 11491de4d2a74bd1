#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::protocol {

// Reads the whole of `text` as a decimal integer in the one canonical form: an optional '-', no leading zeros, no '+',
// no spaces. Nothing when it is anything else or out of range.
std::optional<std::int64_t> parse_integer(std::string_view text);

// Writes `value` in decimal at `out` (at least 20 bytes); returns the number of bytes written.
inline std::size_t write_integer(char* out, std::int64_t value) {
  // Most are the sizes of short words and small counts.
  if (value >= 0 && value < 10) {
    out[0] = static_cast<char>('0' + value);
    return 1;
  }
  if (value >= 10 && value < 100) {
    out[0] = static_cast<char>('0' + value / 10);
    out[1] = static_cast<char>('0' + value % 10);
    return 2;
  }
  return static_cast<std::size_t>(std::to_chars(out, out + 20, value).ptr - out);
}

// `value` as Redis prints doubles in replies: the shortest text that reads back as the same value (17 significant
// digits at most), "inf", "-inf", "nan". Integers up to 2^52 either way have no exponent.
std::string format_real(double value);

// Writes what format_real() returns at `out` (at least 32 bytes); returns the number of bytes written.
std::size_t write_real(char* out, double value);

}  // namespace sluice::protocol
