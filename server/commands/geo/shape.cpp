#include "server/commands/geo/shape.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace sluice::commands::geo {

namespace {

double degrees(double radians) {
  return radians * (180 / std::numbers::pi);
}
double radians(double degrees) {
  return degrees * (std::numbers::pi / 180);
}

// --- What is within

std::optional<double> distance_within(const Circle& circle, Position position) {
  const double distance = distance_m(circle.centre, position);
  return distance > circle.radius_m ? std::nullopt : std::optional(distance);
}

std::optional<double> distance_within(const Box& box, Position position) {
  if (distance_along_meridian_m(position.latitude, box.centre.latitude) > box.height_m / 2) return std::nullopt;
  if (distance_m(position, {box.centre.longitude, position.latitude}) > box.width_m / 2) return std::nullopt;
  return distance_m(box.centre, position);
}

// Whether a ray from the position to the east crosses the line.
bool is_crossed(Position position, Position from, Position to) {
  if ((from.latitude > position.latitude) == (to.latitude > position.latitude)) return false;
  const double slope = (to.longitude - from.longitude) / (to.latitude - from.latitude);
  return position.longitude < from.longitude + (position.latitude - from.latitude) * slope;
}

Position centre_of(const Circle& circle) {
  return circle.centre;
}

Position centre_of(const Box& box) {
  return box.centre;
}

// The mean of the vertices.
Position centre_of(const Polygon& polygon) {
  Position sum;
  for (const Position& vertex : polygon.vertices) {
    sum.longitude += vertex.longitude;
    sum.latitude += vertex.latitude;
  }
  const auto count = static_cast<double>(polygon.vertices.size());
  return {sum.longitude / count, sum.latitude / count};
}

std::optional<double> distance_within(const Polygon& polygon, Position position) {
  bool is_within = false;
  Position from = polygon.vertices.back();
  for (const Position& to : polygon.vertices) {
    if (is_crossed(position, from, to)) is_within = !is_within;
    from = to;
  }
  return is_within ? std::optional(distance_m(centre_of(polygon), position)) : std::nullopt;
}

// --- What surrounds a shape

// A part of the map between two meridians and two parallels, in degrees. Before it is cut (see on_map) it may reach
// beyond the map.
struct Area {
  double west = 0;
  double east = 0;
  double south = 0;
  double north = 0;
};

// A decimetre: more than what rounding can do to a distance.
constexpr double margin = 1e-6;
constexpr double everywhere = 2 * longitude_max;

// How far around `latitude` the longitude may go, in degrees, for points that are `angle` (in radians, seen from the
// middle of the Earth) away at most: `sine` is the sine of that angle, or of half of it for half the result; `cosine`
// is the cosine of the latitude.
double longitude_reach(double sine, double cosine) {
  const double ratio = sine / cosine;
  constexpr double almost_one = 1 - 1e-9;
  return cosine <= 0 || ratio >= almost_one ? everywhere : degrees(std::asin(ratio));
}

Area around(Position centre, double longitudes, double latitudes) {
  return {centre.longitude - longitudes - margin, centre.longitude + longitudes + margin,
          centre.latitude - latitudes - margin, centre.latitude + latitudes + margin};
}

Area surroundings(const Circle& circle) {
  const double angle = circle.radius_m / earth_radius_m;
  const double latitude = std::fabs(radians(circle.centre.latitude));
  // With a pole inside, every meridian is touched.
  const bool holds_pole = latitude + angle >= std::numbers::pi / 2;
  const double longitudes = holds_pole ? everywhere : longitude_reach(std::sin(angle), std::cos(latitude));
  return around(circle.centre, longitudes, degrees(angle));
}

Area surroundings(const Box& box) {
  const double latitudes = degrees(box.height_m / 2 / earth_radius_m);
  // Meridians are closest to each other on the parallel that is farthest from the equator.
  const double farthest = std::min(std::fabs(box.centre.latitude) + latitudes, latitude_max);
  const double half_angle = box.width_m / 2 / earth_radius_m / 2;
  const bool goes_round = half_angle >= std::numbers::pi / 2;
  const double longitudes =
      goes_round ? everywhere : 2 * longitude_reach(std::sin(half_angle), std::cos(radians(farthest)));
  return around(box.centre, longitudes, latitudes);
}

Area surroundings(const Polygon& polygon) {
  const auto [west, east] = std::ranges::minmax(polygon.vertices, {}, &Position::longitude);
  const auto [south, north] = std::ranges::minmax(polygon.vertices, {}, &Position::latitude);
  return {west.longitude - margin, east.longitude + margin, south.latitude - margin, north.latitude + margin};
}

// The parts of the map that the area is, two at most: what reaches beyond the 180th meridian goes on at the other side.
std::vector<Area> on_map(Area area) {
  area.south = std::max(area.south, -latitude_max);
  area.north = std::min(area.north, latitude_max);
  if (area.south > area.north) return {};
  const Area whole = {-longitude_max, longitude_max, area.south, area.north};
  if (area.east - area.west >= everywhere) return {whole};
  std::vector<Area> parts;
  const auto add = [&](double west, double east) {
    west = std::max(west, -longitude_max);
    east = std::min(east, longitude_max);
    if (west <= east) parts.push_back({west, east, area.south, area.north});
  };
  add(area.west, area.east);
  add(area.west + everywhere, area.east + everywhere);
  add(area.west - everywhere, area.east - everywhere);
  return parts;
}

// --- Cells

// The larger cells, 2^bits to a column and a row, that have something of a span of the map.
struct Parts {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

Parts parts_of(double low, double high, double end, unsigned bits) {
  const double scale = static_cast<double>(1U << bits) / (2 * end);
  return {static_cast<std::uint32_t>((low + end) * scale), static_cast<std::uint32_t>((high + end) * scale)};
}

// As large cells as have no more than a quarter of the area's width and height, if there are such.
unsigned bits_for(const Area& area) {
  constexpr double parts_wanted = 4;
  const double part =
      std::max((area.east - area.west) / (2 * longitude_max), (area.north - area.south) / (2 * latitude_max));
  const double bits = std::floor(std::log2(parts_wanted / part));
  return static_cast<unsigned>(std::clamp(bits, 1.0, static_cast<double>(cell_bits)));
}

void add_cells(const Area& area, std::vector<CellRange>& ranges) {
  const unsigned bits = bits_for(area);
  const unsigned shift = 2 * (cell_bits - bits);
  const Parts columns = parts_of(area.west, area.east, longitude_max, bits);
  const Parts rows = parts_of(area.south, area.north, latitude_max, bits);
  for (std::uint32_t row = rows.first; row <= rows.last; ++row) {
    for (std::uint32_t column = columns.first; column <= columns.last; ++column) {
      const std::uint64_t cell = cell_at(column, row);
      ranges.push_back({cell << shift, (cell + 1) << shift});
    }
  }
}

// Joins ranges that touch each other.
std::vector<CellRange> merged(std::vector<CellRange> ranges) {
  std::ranges::sort(ranges, {}, &CellRange::first);
  std::vector<CellRange> result;
  for (const CellRange& range : ranges) {
    if (!result.empty() && range.first <= result.back().end) {
      result.back().end = std::max(result.back().end, range.end);
    } else {
      result.push_back(range);
    }
  }
  return result;
}

}  // namespace

std::optional<double> distance_within(const Shape& shape, Position position) {
  return std::visit([&](const auto& of_kind) { return distance_within(of_kind, position); }, shape);
}

std::vector<CellRange> cover(const Shape& shape) {
  const Area area = std::visit([](const auto& of_kind) { return surroundings(of_kind); }, shape);
  std::vector<CellRange> ranges;
  for (const Area& part : on_map(area)) add_cells(part, ranges);
  ranges = merged(std::move(ranges));
  const std::uint64_t centre = std::visit([](const auto& of_kind) { return cell_of(centre_of(of_kind)); }, shape);
  const auto first = std::ranges::find_if(ranges, [=](const CellRange& range) { return centre < range.end; });
  std::ranges::rotate(ranges, first);
  return ranges;
}

}  // namespace sluice::commands::geo
