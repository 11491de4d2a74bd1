#include "server/commands/geo/search.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "server/base/number_text.hpp"
#include "server/commands/geo/shared.hpp"
#include "server/commands/shared/elements.hpp"
#include "server/commands/shared/scored_members.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/store/values/sorted_set_builder.hpp"

namespace sluice::commands::geo {

using dispatch::ArgReader;
using dispatch::CommandError;
using dispatch::DataContext;
using store::SortedSetView;

namespace {

struct Match {
  store::PackedElement member;  // views into the set
  double score = 0;
  Position position;
  double distance_m = 0;
  std::size_t number = 0;  // in the order of the search
};

// Looks through the members whose cells are in `range`; stops when there are `count_max` matches.
void search_range(const SortedSetView& set, CellRange range, const Shape& shape, std::size_t count_max,
                  std::vector<Match>& matches) {
  const auto ranks = set.ranks_between({.score = static_cast<double>(range.first)},
                                       {.score = static_cast<double>(range.end), .is_exclusive = true});
  if (ranks.empty()) return;
  for (SortedSetView::Walk walk(set, store::Side::head, ranks.first, ranks.count()); !walk.done();) {
    const store::ScoredElement element = walk.take();
    const Position position = centre_of(cell_of_score(element.score));
    const auto distance = distance_within(shape, position);
    if (!distance) continue;
    matches.push_back({element.member, element.score, position, *distance, matches.size()});
    if (matches.size() == count_max) return;
  }
}

std::vector<Match> find_matches(const SortedSetView& set, const Shape& shape, std::size_t count_max) {
  std::vector<Match> matches;
  for (const CellRange& range : cover(shape)) {
    search_range(set, range, shape, count_max, matches);
    if (matches.size() == count_max) break;
  }
  return matches;
}

// The first `count` of the order are the ones that stay.
void put_in_order(Order order, std::size_t count, std::vector<Match>& matches) {
  count = std::min(count, matches.size());
  const auto end_of_order = matches.begin() + static_cast<std::ptrdiff_t>(count);
  const auto by_distance = [](const Match& match) { return std::pair(match.distance_m, match.number); };
  if (order == Order::nearest_first) {
    std::ranges::partial_sort(matches, end_of_order, {}, by_distance);
  } else if (order == Order::farthest_first) {
    std::ranges::partial_sort(matches, end_of_order, std::ranges::greater(), by_distance);
  }
  matches.erase(end_of_order, matches.end());
}

void reply_matches(DataContext& ctx, const std::vector<Match>& matches, const Wishes& wishes, double unit) {
  const std::size_t extras =
      std::size_t{wishes.with_distance} + std::size_t{wishes.with_cell} + std::size_t{wishes.with_position};
  ctx.reply.array(matches.size());
  for (const Match& match : matches) {
    if (extras > 0) ctx.reply.array(1 + extras);
    reply_element(ctx.reply, match.member);
    if (wishes.with_distance) reply_distance(ctx, match.distance_m / unit);
    if (wishes.with_cell) ctx.reply.integer(static_cast<std::int64_t>(cell_of_score(match.score)));
    if (wishes.with_position) reply_position(ctx, match.position);
  }
}

void store_matches(DataContext& ctx, const std::vector<Match>& matches, const Wishes& wishes, double unit,
                   std::string_view event) {
  store::SortedSetBuilder result(ctx.hashing.hasher);
  for (const Match& match : matches) {
    const store::ElementText member(match.member);
    result.add(result.key_of(member.bytes()), wishes.stores_distance ? match.distance_m / unit : match.score);
  }
  store_sorted_set(ctx, *wishes.destination, result.finish(sorted_set_limits(ctx)), event);
}

bool set_order(Wishes& wishes, Order order) {
  wishes.order = order;
  return true;
}

}  // namespace

bool Wishes::take(ArgReader& reader) {
  if (reader.take_keyword("WITHDIST")) return with_distance = true;
  if (reader.take_keyword("WITHHASH")) return with_cell = true;
  if (reader.take_keyword("WITHCOORD")) return with_position = true;
  if (reader.take_keyword("ANY")) return takes_any = true;
  if (reader.take_keyword("ASC")) return set_order(*this, Order::nearest_first);
  if (reader.take_keyword("DESC")) return set_order(*this, Order::farthest_first);
  if (!reader.take_keyword("COUNT")) return false;
  count = reader.next_integer();
  if (count < 1) throw CommandError("ERR COUNT must be > 0");
  return true;
}

void Wishes::check_storing(std::string_view command_name) const {
  if (destination && (with_distance || with_cell || with_position)) {
    throw CommandError("ERR " + std::string(command_name) +
                       " is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
  }
}

void Wishes::check_count() const {
  if (takes_any && count == 0) throw CommandError("ERR the ANY argument requires COUNT argument");
}

void Search::run(DataContext& ctx, const SortedSetView& set, std::string_view event) const {
  constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
  const std::size_t count_max = wishes.count == 0 ? all : static_cast<std::size_t>(wishes.count);
  std::vector<Match> matches = find_matches(set, shape, wishes.takes_any ? count_max : all);
  // The nearest ones are meant where only some are wanted.
  const bool has_to_choose = wishes.count > 0 && !wishes.takes_any && wishes.order == Order::none;
  put_in_order(has_to_choose ? Order::nearest_first : wishes.order, count_max, matches);
  if (wishes.destination) {
    store_matches(ctx, matches, wishes, unit, event);
  } else {
    reply_matches(ctx, matches, wishes, unit);
  }
}

void reply_nothing_found(DataContext& ctx, const Wishes& wishes) {
  if (!wishes.destination) return ctx.reply.array(0);
  store_sorted_set(ctx, *wishes.destination, {}, "");
}

Length next_radius(ArgReader& reader) {
  const auto radius = base::parse_double(reader.next_word());
  if (!radius) throw CommandError("ERR need numeric radius");
  if (*radius < 0) throw CommandError("ERR radius cannot be negative");
  const double unit = unit_m(reader.next_word());
  return {*radius * unit, unit};
}

Position position_to_start_from(const SortedSetView& set, std::string_view member) {
  const auto position = position_of(set, member);
  if (!position) throw CommandError("ERR could not decode requested zset member");
  return *position;
}

}  // namespace sluice::commands::geo
