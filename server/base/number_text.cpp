#include "server/base/number_text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace sluice::base {

namespace {

constexpr auto powers_of_ten = [] {
  std::array<std::uint64_t, 20> powers{};
  std::uint64_t power = 1;
  for (std::uint64_t& here : powers) here = std::exchange(power, power * 10);
  return powers;
}();

// How many decimal digits `value`, which is not 0, has.
std::size_t digit_count(std::uint64_t value) {
  // 1233 / 4096 is log10(2), exact enough for the product to be the number of digits or one less.
  const auto at_least = static_cast<std::size_t>(std::bit_width(value)) * 1233 / 4096;
  return at_least + (value >= powers_of_ten[at_least] ? 1 : 0);
}

char* put(char* out, std::string_view text) {
  return std::ranges::copy(text, out).out;
}

// value = 0.DDDD × 10^point, with as few digits D as tell it from its neighbours.
struct ShortestDigits {
  std::array<char, 17> digits;
  int count = 0;
  int point = 0;
};

ShortestDigits shortest_digits(double magnitude) {
  std::array<char, 32> text;
  const char* const end =
      std::to_chars(text.data(), text.data() + text.size(), magnitude, std::chars_format::scientific).ptr;
  ShortestDigits result;
  const char* next = text.data();
  for (; *next != 'e'; ++next) {
    if (*next != '.') result.digits[static_cast<std::size_t>(result.count++)] = *next;
  }
  ++next;
  if (*next == '+') ++next;
  std::from_chars(next, end, result.point);
  ++result.point;
  return result;
}

char* write_exponent_form(char* out, std::string_view digits, int exponent) {
  *out++ = digits[0];
  if (digits.size() > 1) {
    *out++ = '.';
    out = put(out, digits.substr(1));
  }
  *out++ = 'e';
  *out++ = exponent < 0 ? '-' : '+';
  return out + write_integer(out, std::abs(exponent));
}

// The three forms, and the bounds between them, that Redis 7.2 uses.
char* write_magnitude(char* out, double magnitude) {
  const ShortestDigits shortest = shortest_digits(magnitude);
  const std::string_view digits(shortest.digits.data(), static_cast<std::size_t>(shortest.count));
  const int decimals = shortest.count - shortest.point;
  const int exponent = shortest.point - 1;

  if (decimals <= 0 && exponent < shortest.count + 7) {
    return std::fill_n(put(out, digits), -decimals, '0');
  }
  const bool few_decimals = decimals > 0 && decimals < 7;
  const bool near_one = decimals > 0 && std::abs(exponent) < 4;
  if (!few_decimals && !near_one) return write_exponent_form(out, digits, exponent);
  if (shortest.point <= 0) return put(std::fill_n(put(out, "0."), -shortest.point, '0'), digits);
  const auto whole = static_cast<std::size_t>(shortest.point);
  return put(put(put(out, digits.substr(0, whole)), "."), digits.substr(whole));
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const bool negative = digits.size() != text.size();
  if (digits.empty()) return std::nullopt;
  if (digits[0] == '0' && (negative || digits.size() > 1)) return std::nullopt;

  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// From the last digits to the first, two at a time: half as many instructions as std::to_chars takes.
std::size_t write_long_integer(char* out, std::int64_t value) {
  char* const start = out;
  auto left = static_cast<std::uint64_t>(value);
  if (value < 0) {
    *out++ = '-';
    left = 0 - left;
  }
  char* const end = out + digit_count(left);
  char* first = end;
  for (; left >= 100; left /= 100) {
    first -= 2;
    std::memcpy(first, &digit_pairs[2 * (left % 100)], 2);
  }
  if (left < 10) {
    *out = static_cast<char>('0' + left);
  } else {
    std::memcpy(out, &digit_pairs[2 * left], 2);
  }
  return static_cast<std::size_t>(end - start);
}

namespace {

template <class Float, class Convert>
std::optional<Float> parse_with(std::string_view text, const Convert& convert) {
  // strtod needs a terminated string. INCRBYFLOAT itself writes numbers of up to 4952 characters.
  std::array<char, 5120> digits;
  const bool starts_with_blank = !text.empty() && std::isspace(static_cast<unsigned char>(text.front()));
  if (text.empty() || text.size() >= digits.size() || starts_with_blank) return std::nullopt;
  std::memcpy(digits.data(), text.data(), text.size());
  digits[text.size()] = '\0';
  char* end = nullptr;
  errno = 0;
  const Float value = convert(digits.data(), &end);
  const bool overflowed = errno == ERANGE && (std::isinf(value) || value == 0);
  if (end != digits.data() + text.size() || overflowed || std::isnan(value)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<long double> parse_float(std::string_view text) {
  return parse_with<long double>(text, [](const char* digits, char** end) { return std::strtold(digits, end); });
}

std::optional<double> parse_double(std::string_view text) {
  // The usual forms in a fraction of the time; what from_chars() does not take as a whole, strtod() judges.
  double value = 0;
  const auto [behind, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && behind == text.data() + text.size() && std::isfinite(value)) [[likely]]
    return value;
  return parse_with<double>(text, [](const char* digits, char** end) { return std::strtod(digits, end); });
}

std::optional<std::int64_t> to_integer(double value) {
  constexpr double integer_max = 4611686018427387904.0;  // 2^62
  if (!(std::abs(value) <= integer_max) || value != std::trunc(value)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::size_t write_real(char* out, double value) {
  char* const start = out;
  const bool negative = std::signbit(value);
  if (std::isnan(value)) {
    out = put(out, "nan");
  } else if (std::isinf(value)) {
    out = put(out, negative ? "-inf" : "inf");
  } else if (value == 0) {
    out = put(out, negative ? "-0" : "0");
  } else if (const auto integer = to_integer(value)) {
    out += write_integer(out, *integer);
  } else {
    if (negative) *out++ = '-';
    out = write_magnitude(out, std::abs(value));
  }
  return static_cast<std::size_t>(out - start);
}

std::string format_real(double value) {
  std::array<char, 32> text;
  return std::string(text.data(), write_real(text.data(), value));
}

}  // namespace sluice::base
