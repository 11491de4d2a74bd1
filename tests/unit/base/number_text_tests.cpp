#include "server/base/number_text.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

namespace sluice::base {
namespace {

constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

std::string written(std::int64_t value) {
  char text[20];
  return {text, write_integer(text, value)};
}

TEST_CASE("an integer is read in its canonical form") {
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("7") == 7);
  CHECK(parse_integer("-7") == -7);
  CHECK(parse_integer("9223372036854775807") == largest);
  CHECK(parse_integer("-9223372036854775808") == smallest);
}

TEST_CASE("any other form of an integer is refused") {
  for (const std::string_view text :
       {"", "-", "+1", "01", "-0", "-01", "00", " 1", "1 ", "1.0", "1e3", "0x1", "--1", "a"}) {
    CAPTURE(text);
    CHECK(parse_integer(text) == std::nullopt);
  }
}

TEST_CASE("an integer out of range is refused") {
  CHECK(parse_integer("9223372036854775808") == std::nullopt);
  CHECK(parse_integer("-9223372036854775809") == std::nullopt);
  CHECK(parse_integer("99999999999999999999999") == std::nullopt);
}

TEST_CASE("an integer is written with as many digits as it has") {
  CHECK(written(0) == "0");
  CHECK(written(largest) == "9223372036854775807");
  CHECK(written(smallest) == "-9223372036854775808");
  std::string nines;
  std::string power = "1";
  for (std::int64_t value = 1; value <= largest / 10; value *= 10) {
    CAPTURE(value);
    CHECK(written(value) == power);
    CHECK(written(-value) == "-" + power);
    power += '0';
    nines += '9';
    CHECK(written(value * 10 - 1) == nines);
    CHECK(written(1 - value * 10) == "-" + nines);
  }
}

TEST_CASE("what is written as an integer reads back") {
  std::int64_t value = smallest;
  for (int bits = 63; bits > 0; --bits) {
    for (const std::int64_t near : {value, value + 1, -(value + 1), value / 3}) {
      CHECK(parse_integer(written(near)) == near);
    }
    value /= 2;
  }
}

TEST_CASE("a whole number has neither point nor exponent up to 2^62") {
  CHECK(format_real(0) == "0");
  CHECK(format_real(-0.0) == "-0");
  CHECK(format_real(3) == "3");
  CHECK(format_real(-100000) == "-100000");
  CHECK(format_real(1e16) == "10000000000000000");
  CHECK(format_real(-1.5e17) == "-150000000000000000");
  CHECK(format_real(4503599627370497) == "4503599627370497");
  CHECK(format_real(123456789012345678.0) == "123456789012345680");
  CHECK(format_real(4611686018427387904) == "4611686018427387904");
  CHECK(format_real(-4611686018427387904) == "-4611686018427387904");
}

TEST_CASE("a whole number beyond has its shortest digits, and an exponent where zeros would fill it up") {
  CHECK(format_real(4611686018427388928) == "4611686018427389000");
  CHECK(format_real(5e18) == "5e+18");
  CHECK(format_real(1e20) == "1e+20");
  CHECK(format_real(1.7976931348623157e308) == "1.7976931348623157e+308");
}

TEST_CASE("a real is an integer only if it is a whole number that is not too large") {
  CHECK(to_integer(-0.0) == 0);
  CHECK(to_integer(-7) == -7);
  CHECK(to_integer(4611686018427387904) == 4611686018427387904);
  CHECK_FALSE(to_integer(4611686018427388928));
  CHECK_FALSE(to_integer(0.5));
  CHECK_FALSE(to_integer(std::numeric_limits<double>::infinity()));
  CHECK_FALSE(to_integer(std::numeric_limits<double>::quiet_NaN()));
}

TEST_CASE("a fraction has the fewest digits that tell it apart") {
  CHECK(format_real(0.1) == "0.1");
  CHECK(format_real(1.5) == "1.5");
  CHECK(format_real(-3.25) == "-3.25");
  CHECK(format_real(0.1 + 0.2) == "0.30000000000000004");
  CHECK(format_real(3.141592653589793) == "3.141592653589793");
  CHECK(format_real(1234.5678901234567) == "1234.5678901234567");
  CHECK(format_real(123456.789) == "123456.789");
}

TEST_CASE("a fraction has an exponent where it is small, or long and far from one") {
  CHECK(format_real(0.000001) == "0.000001");
  CHECK(format_real(0.0000001) == "1e-7");
  CHECK(format_real(0.0012345678) == "0.0012345678");
  CHECK(format_real(0.00012345678) == "1.2345678e-4");
  CHECK(format_real(12345.678901234567) == "1.2345678901234567e+4");
  CHECK(format_real(5e-324) == "5e-324");
}

TEST_CASE("what is no number has a word") {
  CHECK(format_real(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(format_real(-std::numeric_limits<double>::infinity()) == "-inf");
  CHECK(format_real(std::numeric_limits<double>::quiet_NaN()) == "nan");
  CHECK(format_real(-std::numeric_limits<double>::quiet_NaN()) == "nan");
}

TEST_CASE("every real reads back as the same value, from at most 32 bytes") {
  double value = 1.2345678901234567e-300;
  for (int i = 0; i < 2000; ++i, value *= -2.0) {
    const std::string text = format_real(value);
    CAPTURE(text);
    CHECK(text.size() <= 32);
    CHECK(std::strtod(text.c_str(), nullptr) == value);
  }
}

TEST_CASE("floats are read as Redis reads them") {
  CHECK(parse_float("1.5") == 1.5L);
  CHECK(parse_float("1e3") == 1000.0L);
  CHECK(parse_float("-inf").has_value());
  for (const std::string_view text : {"", " 1", "1 ", "1x", "nan", "1e999999"})
    CHECK_FALSE(parse_float(text).has_value());
}

}  // namespace
}  // namespace sluice::base
