#include "server/commands/geo/shared.hpp"

#include <cmath>
#include <string>

#include <fmt/format.h>

#include "server/commands/shared/float_text.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::geo {

using dispatch::ArgReader;
using dispatch::CommandError;
using dispatch::DataContext;

Position next_position(ArgReader& reader) {
  const double longitude = reader.next_float();
  const double latitude = reader.next_float();
  if (std::fabs(longitude) > longitude_max || std::fabs(latitude) > latitude_max) {
    throw CommandError(fmt::format("ERR invalid longitude,latitude pair {:f},{:f}", longitude, latitude));
  }
  return {longitude, latitude};
}

std::optional<Position> position_of(const store::SortedSetView& set, std::string_view member) {
  const auto score = set.score_of(member);
  if (!score) return std::nullopt;
  return centre_of(cell_of_score(*score));
}

void reply_position(DataContext& ctx, Position position) {
  FloatText text;
  ctx.reply.array(2);
  ctx.reply.real_text(text.write(position.longitude));
  ctx.reply.real_text(text.write(position.latitude));
}

void reply_distance(DataContext& ctx, double distance) {
  ctx.reply.bulk(fmt::format("{:.4f}", distance));
}

}  // namespace sluice::commands::geo
