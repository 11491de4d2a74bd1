#pragma once

#include <optional>
#include <string_view>

#include "server/commands/geo/coordinates.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/arg_reader.hpp"
#include "server/store/values/sorted_set.hpp"

// What the commands on positions share.
namespace sluice::commands::geo {

// longitude latitude. Throws CommandError for what is no number, or not on the map.
Position next_position(dispatch::ArgReader& reader);

std::optional<Position> position_of(const store::SortedSetView& set, std::string_view member);

// As an array of longitude and latitude.
void reply_position(dispatch::DataContext& ctx, Position position);
// With four digits behind the point.
void reply_distance(dispatch::DataContext& ctx, double distance);

}  // namespace sluice::commands::geo
