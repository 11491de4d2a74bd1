#include "server/commands/geo/coordinates.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "server/base/text.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::geo {

namespace {

constexpr double cell_count = 1U << cell_bits;  // in a column or a row

// Bit i of the result is bit 2·i of `bits`, or the other way round: each step doubles or halves the distance between
// groups of bits.
constexpr std::array<std::uint64_t, 6> group_masks = {0x5555555555555555, 0x3333333333333333, 0x0f0f0f0f0f0f0f0f,
                                                      0x00ff00ff00ff00ff, 0x0000ffff0000ffff, 0x00000000ffffffff};

std::uint64_t spread(std::uint32_t bits) {
  std::uint64_t spread_bits = bits;
  for (unsigned step = 5; step-- > 0;) spread_bits = (spread_bits | (spread_bits << (1U << step))) & group_masks[step];
  return spread_bits;
}

std::uint32_t gather(std::uint64_t bits) {
  bits &= group_masks[0];
  for (unsigned step = 0; step < 5; ++step) bits = (bits | (bits >> (1U << step))) & group_masks[step + 1];
  return static_cast<std::uint32_t>(bits);
}

// Which of the 2^26 equal parts of the span from -end to end holds `value`.
std::uint32_t part_of(double value, double end) {
  return static_cast<std::uint32_t>((value + end) / (2 * end) * cell_count);
}

// The middle of a part, computed as Redis computes it: replies show all digits.
double middle_of(std::uint32_t part, double end) {
  const double span = end - -end;
  const double low = -end + (part / cell_count) * span;
  const double high = -end + ((part + 1.0) / cell_count) * span;
  return std::clamp((low + high) / 2, -end, end);
}

double radians(double degrees) {
  return degrees * (std::numbers::pi / 180);
}

}  // namespace

std::uint64_t cell_at(std::uint32_t column, std::uint32_t row) {
  return (spread(column) << 1) | spread(row);
}

std::uint64_t cell_of(Position position) {
  return cell_at(part_of(position.longitude, longitude_max), part_of(position.latitude, latitude_max));
}

Position centre_of(std::uint64_t cell) {
  return {middle_of(gather(cell >> 1), longitude_max), middle_of(gather(cell), latitude_max)};
}

std::uint64_t cell_of_score(double score) {
  constexpr double limit = 0x1p63;
  if (score >= 0 && score < 2 * limit) return static_cast<std::uint64_t>(score);
  if (score < 0 && score > -limit) return static_cast<std::uint64_t>(static_cast<std::int64_t>(score));
  return static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::min());
}

double distance_along_meridian_m(double from_latitude, double to_latitude) {
  return earth_radius_m * std::fabs(radians(to_latitude) - radians(from_latitude));
}

double distance_m(Position from, Position to) {
  const double half_longitude = std::sin((radians(to.longitude) - radians(from.longitude)) / 2);
  if (half_longitude == 0) return distance_along_meridian_m(from.latitude, to.latitude);
  const double half_latitude = std::sin((radians(to.latitude) - radians(from.latitude)) / 2);
  const double haversine = half_latitude * half_latitude + std::cos(radians(from.latitude)) *
                                                               std::cos(radians(to.latitude)) * half_longitude *
                                                               half_longitude;
  return 2 * earth_radius_m * std::asin(std::sqrt(haversine));
}

std::string geohash_text(Position position) {
  constexpr std::string_view digits = "0123456789bcdefghjkmnpqrstuvwxyz";
  constexpr unsigned digit_bits = 5;
  constexpr unsigned digit_count = 10;
  // The standard divides the whole Earth, from pole to pole.
  const std::uint64_t cell = cell_at(part_of(position.longitude, 180), part_of(position.latitude, 90));
  std::string text;
  for (unsigned digit = 1; digit <= digit_count; ++digit) {
    text += digits[(cell >> (2 * cell_bits - digit * digit_bits)) % digits.size()];
  }
  return text + '0';
}

double unit_m(std::string_view name) {
  if (base::equals_ignoring_case(name, "m")) return 1;
  if (base::equals_ignoring_case(name, "km")) return 1000;
  if (base::equals_ignoring_case(name, "ft")) return 0.3048;
  if (base::equals_ignoring_case(name, "mi")) return 1609.34;
  throw dispatch::CommandError("ERR unsupported unit provided. please use M, KM, FT, MI");
}

}  // namespace sluice::commands::geo
