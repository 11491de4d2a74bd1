#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::base {

// Reads the whole of `text` as a decimal integer in the one canonical form: an optional '-', no leading zeros, no '+',
// no spaces. Nothing when it is anything else or out of range.
std::optional<std::int64_t> parse_integer(std::string_view text);

// Reads the whole of `text` as a finite or infinite floating point number in the forms that strtold() reads. Nothing
// for NaN, leading blanks, trailing characters, or what a long double cannot tell from infinity or 0.
std::optional<long double> parse_float(std::string_view text);
// The same for a double.
std::optional<double> parse_double(std::string_view text);

inline constexpr std::size_t integer_text_bytes_max = 20;  // "-9223372036854775808"

// The two decimal digits of every number below 100.
inline constexpr auto digit_pairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t number = 0; number < 100; ++number) {
    pairs[2 * number] = static_cast<char>('0' + number / 10);
    pairs[2 * number + 1] = static_cast<char>('0' + number % 10);
  }
  return pairs;
}();

// As write_integer(), for those that it leaves to it.
std::size_t write_long_integer(char* out, std::int64_t value);

// Writes `value` in decimal at `out` (at least integer_text_bytes_max bytes); returns the number of bytes written.
inline std::size_t write_integer(char* out, std::int64_t value) {
  // Most are the sizes of short words and small counts.
  if (value >= 0 && value < 10) {
    *out = static_cast<char>('0' + value);
    return 1;
  }
  if (value >= 10 && value < 100) {
    std::memcpy(out, &digit_pairs[2 * static_cast<std::size_t>(value)], 2);
    return 2;
  }
  return write_long_integer(out, value);
}

// The integer that `value` is, if it is one from -2^62 to 2^62: those that Redis treats as integers.
std::optional<std::int64_t> to_integer(double value);

// `value` as Redis 7.2 prints doubles in replies: the shortest text that reads back as the same value (17 significant
// digits at most), "inf", "-inf", "nan"; to_integer() with all its digits.
std::string format_real(double value);

inline constexpr std::size_t real_text_bytes_max = 32;

// Writes what format_real() returns at `out` (at least real_text_bytes_max bytes); returns the number of bytes written.
std::size_t write_real(char* out, double value);

}  // namespace sluice::base
