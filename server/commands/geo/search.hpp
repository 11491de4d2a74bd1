#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "server/commands/geo/shape.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/arg_reader.hpp"
#include "server/store/types.hpp"
#include "server/store/values/sorted_set.hpp"

// Searches among positions, as all commands that search share them.
namespace sluice::commands::geo {

enum class Order : std::uint8_t { none, nearest_first, farthest_first };

// What a search replies or stores of the members that it finds.
struct Wishes {
  Order order = Order::none;
  std::int64_t count = 0;  // how many at most; 0: all
  bool takes_any = false;  // not the nearest ones, but those that are found first
  bool with_distance = false;
  bool with_cell = false;
  bool with_position = false;
  std::optional<store::Key> destination;
  bool stores_distance = false;  // in place of positions

  // Takes one of [ASC | DESC] [COUNT count] [ANY] [WITHCOORD] [WITHDIST] [WITHHASH]; whether there was one.
  bool take(dispatch::ArgReader& reader);
  // Throw CommandError for what does not go together: what is stored with what is only replied, ANY without COUNT.
  // `command_name` is told in the error.
  void check_storing(std::string_view command_name) const;
  void check_count() const;
};

struct Search {
  Shape shape;
  double unit = 1;  // of replied and stored distances, in metres
  Wishes wishes;

  // Replies with the members of `set` that are within the shape, or stores them and tells of that as `event`.
  void run(dispatch::DataContext& ctx, const store::SortedSetView& set, std::string_view event) const;
};

// Answers a search of a key that does not exist: with nothing, or by removing the destination.
void reply_nothing_found(dispatch::DataContext& ctx, const Wishes& wishes);

// A radius and its unit, in metres together.
struct Length {
  double metres = 0;
  double unit = 1;
};

// radius <M | KM | FT | MI>
Length next_radius(dispatch::ArgReader& reader);

// The position of a member that a search starts from. Throws CommandError if there is none.
Position position_to_start_from(const store::SortedSetView& set, std::string_view member);

}  // namespace sluice::commands::geo
