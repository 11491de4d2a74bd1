#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <variant>
#include <vector>

#include "server/commands/geo/coordinates.hpp"
#include "server/commands/geo/shape.hpp"

using namespace sluice::commands::geo;

namespace {

// Makes positions and shapes, often near the poles' ends of the map, the 180th meridian and each other.
class Maker {
 public:
  double between(double low, double high) { return std::uniform_real_distribution<>(low, high)(random_); }

  Position position() {
    const double longitude = chance(4) ? std::copysign(180 - size(), between(-1, 1)) : between(-180, 180);
    const double latitude = chance(4) ? std::copysign(latitude_max - size(), between(-1, 1)) : between(-85, 85);
    return {std::clamp(longitude, -180.0, 180.0), std::clamp(latitude, -latitude_max, latitude_max)};
  }
  // A distance on all scales, from a metre to around the Earth.
  double distance_m() { return std::pow(10.0, between(0, 7.7)); }

  Shape shape() {
    if (chance(3)) return Circle{position(), distance_m()};
    if (chance(2)) return Box{position(), distance_m(), distance_m()};
    Polygon polygon;
    const Position near = position();
    const double spread = size();
    for (int corner = 0; corner < 5; ++corner) {
      polygon.vertices.push_back({std::clamp(near.longitude + between(-spread, spread), -180.0, 180.0),
                                  std::clamp(near.latitude + between(-spread, spread), -latitude_max, latitude_max)});
    }
    return polygon;
  }
  // A point that may well be at the border of the shape.
  Position near(const Shape& shape) {
    if (chance(3)) return position();
    const Position centre = std::visit([](const auto& of_kind) { return centre_of_kind(of_kind); }, shape);
    const double degrees = std::min(distance_m() / 111'000, 60.0);
    return {std::clamp(centre.longitude + between(-degrees, degrees), -180.0, 180.0),
            std::clamp(centre.latitude + between(-degrees, degrees), -latitude_max, latitude_max)};
  }

 private:
  bool chance(unsigned in) { return random_() % in == 0; }
  double size() { return std::pow(10.0, between(-5, 1.3)); }
  static Position centre_of_kind(const Polygon& polygon) { return polygon.vertices.front(); }
  template <class Kind>
  static Position centre_of_kind(const Kind& kind) {
    return kind.centre;
  }

  std::mt19937_64 random_{20261127};
};

bool is_covered(const std::vector<CellRange>& ranges, std::uint64_t cell) {
  return std::ranges::any_of(ranges, [=](const CellRange& range) { return range.first <= cell && cell < range.end; });
}

}  // namespace

TEST_CASE("a cell's middle is in the cell, and no farther from a position than the cell is wide") {
  Maker make;
  for (int round = 0; round < 10'000; ++round) {
    const Position position = make.position();
    const std::uint64_t cell = cell_of(position);
    const Position centre = centre_of(cell);
    CHECK(std::fabs(centre.longitude - position.longitude) <= 360.0 / (1U << cell_bits));
    CHECK(std::fabs(centre.latitude - position.latitude) <= 2 * latitude_max / (1U << cell_bits));
    if (std::fabs(centre.longitude) < 180 && std::fabs(centre.latitude) < latitude_max) CHECK(cell_of(centre) == cell);
  }
}

TEST_CASE("the cover of a shape has every cell whose middle is within it, looked for one by one") {
  Maker make;
  int within_count = 0;
  for (int round = 0; round < 3'000; ++round) {
    const Shape shape = make.shape();
    const std::vector<CellRange> ranges = cover(shape);
    for (int point = 0; point < 60; ++point) {
      const std::uint64_t cell = cell_of(make.near(shape));
      if (!distance_within(shape, centre_of(cell))) continue;
      ++within_count;
      REQUIRE(is_covered(ranges, cell));
    }
  }
  CHECK(within_count > 20'000);
}

TEST_CASE("a cover is a few ranges that do not touch, that of the centre first") {
  Maker make;
  for (int round = 0; round < 3'000; ++round) {
    const Position centre = make.position();
    std::vector<CellRange> ranges = cover(Circle{centre, make.distance_m()});
    REQUIRE(ranges.size() <= 50);
    REQUIRE(is_covered({ranges.front()}, cell_of(centre)));
    std::ranges::sort(ranges, {}, &CellRange::first);
    for (std::size_t index = 0; index < ranges.size(); ++index) {
      REQUIRE(ranges[index].first < ranges[index].end);
      if (index > 0) REQUIRE(ranges[index - 1].end < ranges[index].first);
    }
  }
}

TEST_CASE("a small circle is covered by little of the map") {
  const std::vector<CellRange> ranges = cover(Circle{{13.361389, 38.115556}, 1000});
  std::uint64_t cells = 0;
  for (const CellRange& range : ranges) cells += range.end - range.first;
  // Of 2^52 cells, each of which is 0.6 by 0.3 metres large; the circle has some 2·10^7.
  CHECK(cells < 200'000'000);
}

TEST_CASE("a circle and a box of endless size have everything") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const Shape& shape : {Shape(Circle{{10, 80}, infinity}), Shape(Box{{10, 80}, infinity, infinity})}) {
    for (const Position position : {Position{180, latitude_max}, Position{-180, -latitude_max}, Position{0, 0}}) {
      CHECK(distance_within(shape, position));
      CHECK(is_covered(cover(shape), cell_of(position)));
    }
  }
}

TEST_CASE("numbers that are no cells have positions on the map") {
  for (const double score : {-1.0, -1e300, 1e300, 0x1p63, 0x1p60, 5.75}) {
    const Position position = centre_of(cell_of_score(score));
    CHECK(std::fabs(position.longitude) <= 180);
    CHECK(std::fabs(position.latitude) <= latitude_max);
  }
}
