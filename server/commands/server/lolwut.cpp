#include "server/commands/server/lolwut.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

namespace sluice::commands::server {

namespace {

constexpr std::size_t gate_columns = 3;

// The row of the surface at each column: a walk that wanders about `level` and never far from it.
std::vector<std::int64_t> draw_surface(std::size_t columns, std::int64_t level, base::Random& random) {
  constexpr std::int64_t swell = 1;
  std::vector<std::int64_t> surface;
  std::int64_t height = level;
  for (std::size_t column = 0; column < columns; ++column) {
    // Waves are longer than they are high: the surface moves every third column or so.
    if (random.below(3) == 0) height += random.below(2) == 0 ? 1 : -1;
    height = std::clamp(height, level - swell, level + swell);
    surface.push_back(height);
  }
  return surface;
}

// The picture `depth` rows under the surface: the deeper, the calmer.
char draw_water_at(std::int64_t depth, base::Random& random) {
  constexpr std::string_view ripples = "~^~~";
  constexpr std::string_view middle = "-~- ";
  constexpr std::string_view deep = ". -   ";
  const auto pick = [&random](std::string_view letters) { return letters[random.below(letters.size())]; };
  if (depth < 0) return ' ';
  if (depth == 0) return pick(ripples);
  return pick(depth <= 2 ? middle : deep);
}

bool is_gate(std::size_t column, std::size_t columns) {
  const std::size_t first = columns / 2 - std::min(columns / 2, gate_columns / 2);
  return column >= first && column < first + gate_columns;
}

}  // namespace

std::string draw_water(WaterSize size, base::Random& random) {
  const auto rows = static_cast<std::int64_t>(size.rows);
  std::vector<std::int64_t> surface = draw_surface(size.columns / 2, rows / 4, random);
  std::ranges::copy(draw_surface(size.columns - surface.size(), rows * 3 / 4, random), std::back_inserter(surface));
  std::string drawing;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < size.columns; ++column) {
      drawing += is_gate(column, size.columns) ? '#' : draw_water_at(row - surface[column], random);
    }
    drawing += '\n';
  }
  return drawing;
}

}  // namespace sluice::commands::server
