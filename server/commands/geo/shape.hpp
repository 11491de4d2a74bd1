#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "server/commands/geo/coordinates.hpp"

// What searches look in, and the cells of the map that may have something of it.
namespace sluice::commands::geo {

struct Circle {
  Position centre;
  double radius_m = 0;
};

// Its sides run along meridians and parallels; a point is within it if it is at most half the width away from the
// meridian of the centre, measured along its own parallel, and half the height from the parallel of the centre.
struct Box {
  Position centre;
  double width_m = 0;
  double height_m = 0;
};

// At least three vertices, joined by straight lines on the map, the last with the first: no line crosses the 180th
// meridian. Distances are measured from the mean of the vertices.
struct Polygon {
  std::vector<Position> vertices;
};

using Shape = std::variant<Circle, Box, Polygon>;

// How far the position is from the centre, in metres, if it is within the shape.
std::optional<double> distance_within(const Shape& shape, Position position);

// Cells from `first` to before `end`.
struct CellRange {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

// Ranges that have all cells whose middle is within the shape, and few others; at most fifty, none touching another.
// The one of the centre comes first, and from there on they are in rising order, those before it last.
std::vector<CellRange> cover(const Shape& shape);

}  // namespace sluice::commands::geo
