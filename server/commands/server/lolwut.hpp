#pragma once

#include <cstddef>
#include <string>

#include "server/base/random.hpp"

namespace sluice::commands::server {

struct WaterSize {
  static constexpr std::size_t columns_max = 1000;
  static constexpr std::size_t rows_max = 100;
  std::size_t columns = 64;
  std::size_t rows = 12;
};

// A drawing of a sluice in text: the gate in the middle, the water high on one side and low on the other, each with
// waves of its own. No two are alike. `rows` lines of `columns` characters, each with its line end.
std::string draw_water(WaterSize size, base::Random& random);

}  // namespace sluice::commands::server
