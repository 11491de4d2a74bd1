#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Points on the Earth and the cells of the map that sorted sets keep them as.
namespace sluice::commands::geo {

// In degrees, east and north of 0.
struct Position {
  double longitude = 0;
  double latitude = 0;
};

inline constexpr double longitude_max = 180;
// Where the square map of the Web Mercator projection (EPSG:3857) ends.
inline constexpr double latitude_max = 85.05112878;

inline constexpr double earth_radius_m = 6372797.560856;

// The map is cut into 2^26 columns and 2^26 rows. The number of a cell has the bits of its column and of its row in
// turn, the highest bit of the column first (a Z-order curve), so cells with the same leading bits form a larger cell.
// The eastern and the northern edge of the map are a column and a row more. The score of a member is such a number.
inline constexpr unsigned cell_bits = 26;

// The number of the cell at (column, row) where the map is cut into 2^bits columns and rows, for any number of bits.
std::uint64_t cell_at(std::uint32_t column, std::uint32_t row);

// The position must be on the map.
std::uint64_t cell_of(Position position);
// The middle of the cell, on the map whatever the number.
Position centre_of(std::uint64_t cell);
// The cell of a member with that score: its integer part.
std::uint64_t cell_of_score(double score);

// Of the great circle through both, with a spherical Earth (haversine formula).
double distance_m(Position from, Position to);
// The same for two points of one meridian.
double distance_along_meridian_m(double from_latitude, double to_latitude);

// The standard geohash (https://en.wikipedia.org/wiki/Geohash) of a position, eleven characters of which the last
// carries nothing.
std::string geohash_text(Position position);

// How many metres a unit has: m, km, ft or mi, in any case. Throws CommandError for anything else.
double unit_m(std::string_view name);

}  // namespace sluice::commands::geo
