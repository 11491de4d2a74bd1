#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/number_text.hpp"
#include "server/commands/geo/register.hpp"
#include "server/commands/geo/search.hpp"
#include "server/commands/geo/shared.hpp"
#include "server/commands/shared/scored_members.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Searching around a position or a member: within a circle, a box or a polygon.
namespace sluice::commands::geo {

using namespace dispatch;
using store::Key;
using store::SortedSet;

namespace {

// Reads where a search looks: FROMMEMBER member | FROMLONLAT longitude latitude, with BYRADIUS radius unit |
// BYBOX width height unit; or BYPOLYGON vertex-count longitude latitude [longitude latitude ...] alone.
class PlaceReader {
 public:
  // FROMMEMBER is looked up in `set`. If the set is absent, the search finds nothing, and any member will do.
  explicit PlaceReader(const OpenSortedSet& set) : set_(&set) {}

  // Takes one of them; whether there was one that goes with those before.
  bool take(ArgReader& reader) {
    if (extent_ == Extent::polygon) return false;
    return take_centre(reader) || take_extent(reader) || take_polygon(reader);
  }

  // Throws CommandError if something is missing.
  void check(std::string_view command_name) const {
    if (extent_ == Extent::polygon) return;
    if (centre_from_ == CentreFrom::none) throw incomplete("FROMMEMBER or FROMLONLAT", command_name);
    if (extent_ == Extent::none) throw incomplete("BYRADIUS and BYBOX", command_name);
  }

  // Requires check().
  Shape shape() && {
    if (extent_ == Extent::polygon) return Polygon{std::move(vertices_)};
    if (extent_ == Extent::box) return Box{centre_, width_ * unit_, height_ * unit_};
    return Circle{centre_, radius_m_};
  }
  double unit() const { return unit_; }

 private:
  enum class CentreFrom : std::uint8_t { none, member, position };
  enum class Extent : std::uint8_t { none, radius, box, polygon };

  static CommandError incomplete(std::string_view alternatives, std::string_view command_name) {
    return CommandError("ERR exactly one of " + std::string(alternatives) + " can be specified for " +
                        std::string(command_name));
  }

  bool take_centre(ArgReader& reader) {
    if (centre_from_ != CentreFrom::position && reader.left() > 1 && reader.take_keyword("FROMMEMBER")) {
      const std::string_view member = reader.next_word();
      if (*set_) centre_ = position_to_start_from(**set_, member);
      centre_from_ = CentreFrom::member;
      return true;
    }
    if (centre_from_ != CentreFrom::member && reader.left() > 2 && reader.take_keyword("FROMLONLAT")) {
      centre_ = next_position(reader);
      centre_from_ = CentreFrom::position;
      return true;
    }
    return false;
  }

  bool take_extent(ArgReader& reader) {
    if (extent_ != Extent::box && reader.left() > 2 && reader.take_keyword("BYRADIUS")) {
      const Length radius = next_radius(reader);
      radius_m_ = radius.metres;
      unit_ = radius.unit;
      extent_ = Extent::radius;
      return true;
    }
    if (extent_ != Extent::radius && reader.left() > 3 && reader.take_keyword("BYBOX")) {
      width_ = next_side(reader, "ERR need numeric width");
      height_ = next_side(reader, "ERR need numeric height");
      if (width_ < 0 || height_ < 0) throw CommandError("ERR height or width cannot be negative");
      unit_ = unit_m(reader.next_word());
      extent_ = Extent::box;
      return true;
    }
    return false;
  }

  static double next_side(ArgReader& reader, std::string_view error_line) {
    const auto side = base::parse_double(reader.next_word());
    if (!side) throw CommandError(std::string(error_line));
    return *side;
  }

  bool take_polygon(ArgReader& reader) {
    constexpr std::int64_t vertex_count_min = 3;
    if (centre_from_ != CentreFrom::none || extent_ != Extent::none) return false;
    if (reader.left() < 2 || !reader.take_keyword("BYPOLYGON")) return false;
    const auto count = base::parse_integer(reader.next_word());
    if (!count) throw CommandError("ERR invalid number of vertices");
    if (*count < vertex_count_min || static_cast<std::uint64_t>(*count) > reader.left() / 2) {
      throw CommandError("ERR GEOSEARCH BYPOLYGON must have at least 3 vertices");
    }
    for (std::int64_t number = 0; number < *count; ++number) vertices_.push_back(next_position(reader));
    extent_ = Extent::polygon;
    return true;
  }

  const OpenSortedSet* set_;
  CentreFrom centre_from_ = CentreFrom::none;
  Extent extent_ = Extent::none;
  Position centre_;
  double radius_m_ = 0;
  double width_ = 0;  // in units
  double height_ = 0;
  double unit_ = 1;
  std::vector<Position> vertices_;
};

// key, and the rest of the words: Redis looks at the key before it reads them.
struct SearchRequest {
  Key key;
  std::optional<Key> destination;
  ArgReader rest;

  static SearchRequest parse(ArgReader& reader, const std::optional<Key>& destination) {
    const Key key = reader.next_key();
    const ArgReader rest = reader;
    reader.rest();
    return {key, destination, rest};
  }

  void execute(DataContext& ctx) const {
    const auto set = read<SortedSet>(ctx, key);
    PlaceReader place(set);
    const Wishes wishes = read_words(place);
    if (!set) return reply_nothing_found(ctx, wishes);
    const double unit = place.unit();
    Search{.shape = std::move(place).shape(), .unit = unit, .wishes = wishes}.run(ctx, *set, "geosearchstore");
  }

 private:
  Wishes read_words(PlaceReader& place) const {
    Wishes wishes{.destination = destination};
    ArgReader reader = rest;
    while (!reader.done()) {
      if (place.take(reader) || wishes.take(reader)) continue;
      if (!destination || !reader.take_keyword("STOREDIST")) throw syntax_error();
      wishes.stores_distance = true;
    }
    wishes.check_storing("GEOSEARCHSTORE");
    place.check(reader.name());
    wishes.check_count();
    return wishes;
  }
};

constexpr std::string_view search_complexity =
    "O(N+log(M)) for N members in the box around the shape and M members in all";

// GEOSEARCH key <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius unit | BYBOX width height unit>
//   [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]
// or BYPOLYGON num-vertices longitude latitude [longitude latitude ...] in place of FROM and BY.
struct GeoSearch {
  static constexpr Spec<DataContext> spec{
      {.name = "GEOSEARCH",
       .arity = -7,
       .flags = Flag::readonly,
       .keys = one_key(KeyFlag::read_only | KeyFlag::access),
       .since = "6.2.0",
       .summary = "Returns the members within a circle, a box or a polygon.",
       .complexity = search_complexity,
       .syntax = "key [from: FROMMEMBER member | <longitude_latitude: FROMLONLAT <longitude:double latitude:double>>] "
                 "<by: <circle: BYRADIUS radius:double <unit: M | KM | FT | MI>> | "
                 "<box: <BYBOX width:double> height:double <unit: M | KM | FT | MI>> | "
                 "<polygon: BYPOLYGON num-vertices:integer <vertex: longitude:double latitude:double [longitude:double "
                 "latitude:double ...]>>> "
                 "[order: ASC | DESC] [count: COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]"}};
  SearchRequest request;

  static GeoSearch parse(ArgReader& reader) { return {SearchRequest::parse(reader, std::nullopt)}; }
  void execute(DataContext& ctx) const { request.execute(ctx); }
};

// GEOSEARCHSTORE destination source <FROMMEMBER member | FROMLONLAT longitude latitude>
//   <BYRADIUS radius unit | BYBOX width height unit> [ASC | DESC] [COUNT count [ANY]] [STOREDIST]
// or BYPOLYGON as in GEOSEARCH.
struct GeoSearchStore {
  static constexpr Spec<DataContext> spec{
      {.name = "GEOSEARCHSTORE",
       .arity = -8,
       .flags = Flag::write | Flag::deny_oom,
       .keys = {{.flags = KeyFlag::overwrite | KeyFlag::update},
                {.flags = KeyFlag::read_only | KeyFlag::access, .index = 2}},
       .since = "6.2.0",
       .summary = "Stores the members within a circle, a box or a polygon.",
       .complexity = search_complexity,
       .syntax = "destination source [from: FROMMEMBER member | <longitude_latitude: FROMLONLAT <longitude:double "
                 "latitude:double>>] "
                 "<by: <circle: BYRADIUS radius:double <unit: M | KM | FT | MI>> | "
                 "<box: <BYBOX width:double> height:double <unit: M | KM | FT | MI>> | "
                 "<polygon: BYPOLYGON num-vertices:integer <vertex: longitude:double latitude:double [longitude:double "
                 "latitude:double ...]>>> "
                 "[order: ASC | DESC] [count: COUNT count [ANY]] [STOREDIST]"}};
  SearchRequest request;

  static GeoSearchStore parse(ArgReader& reader) {
    const Key destination = reader.next_key();
    return {SearchRequest::parse(reader, destination)};
  }
  void execute(DataContext& ctx) const { request.execute(ctx); }
};

}  // namespace

std::span<const Spec<DataContext>> search_commands() {
  static const std::array list{command<GeoSearch>(), command<GeoSearchStore>()};
  return list;
}

}  // namespace sluice::commands::geo
