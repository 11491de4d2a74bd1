#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/commands/geo/register.hpp"
#include "server/commands/geo/search.hpp"
#include "server/commands/geo/shared.hpp"
#include "server/commands/shared/scored_members.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// The older commands that search within a circle.
namespace sluice::commands::geo {

using namespace dispatch;
using store::Key;
using store::SortedSet;

namespace {

enum class Centre : std::uint8_t { position, member };

// key, and the rest of the words, which Redis reads when it has looked at the key: <longitude latitude | member>
// radius unit [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] [ASC | DESC] [STORE key] [STOREDIST key].
struct RadiusRequest {
  Key key;
  ArgReader rest;

  static RadiusRequest parse(ArgReader& reader) {
    const Key key = reader.next_key();
    const ArgReader rest = reader;
    reader.rest();
    return {key, rest};
  }

  void execute(DataContext& ctx, Centre centre, bool may_store) const {
    const auto set = read<SortedSet>(ctx, key);
    ArgReader reader = rest;
    Search search;
    if (centre == Centre::member && !set) {
      // Neither member nor radius is looked at.
      for (int skipped = 0; skipped < 3; ++skipped) reader.next_word();
    } else {
      read_circle(reader, centre, set, search);
    }
    search.wishes = read_wishes(reader, may_store);
    if (!set) return reply_nothing_found(ctx, search.wishes);
    search.run(ctx, *set, "georadiusstore");
  }

 private:
  static void read_circle(ArgReader& reader, Centre centre, const OpenSortedSet& set, Search& search) {
    const Position position =
        centre == Centre::position ? next_position(reader) : position_to_start_from(*set, reader.next_word());
    const Length radius = next_radius(reader);
    search.shape = Circle{position, radius.metres};
    search.unit = radius.unit;
  }

  static Wishes read_wishes(ArgReader& reader, bool may_store) {
    Wishes wishes;
    while (!reader.done()) {
      if (wishes.take(reader)) continue;
      if (!may_store || reader.left() < 2) throw syntax_error();
      wishes.stores_distance = reader.take_keyword("STOREDIST");
      if (!wishes.stores_distance && !reader.take_keyword("STORE")) throw syntax_error();
      wishes.destination = reader.key_of(reader.next_word());
    }
    wishes.check_storing("STORE option in GEORADIUS");
    wishes.check_count();
    return wishes;
  }
};

constexpr std::string_view radius_complexity =
    "O(N+log(M)) for N members in the box around the circle and M members in all";

constexpr SpecFields storing_spec(std::string_view name, int arity, int first_option, std::string_view summary,
                                  std::string_view syntax) {
  return {.name = name,
          .arity = arity,
          .flags = Flag::write | Flag::deny_oom | Flag::movable_keys,
          .keys = {{.flags = KeyFlag::read_only | KeyFlag::access},
                   {.flags = KeyFlag::overwrite | KeyFlag::update, .index = first_option, .keyword = "STORE"},
                   {.flags = KeyFlag::overwrite | KeyFlag::update, .index = first_option, .keyword = "STOREDIST"}},
          .since = "3.2.0",
          .summary = summary,
          .complexity = radius_complexity,
          .syntax = syntax};
}

constexpr SpecFields reading_spec(std::string_view name, int arity, std::string_view summary, std::string_view syntax) {
  return {.name = name,
          .arity = arity,
          .flags = Flag::readonly,
          .keys = one_key(KeyFlag::read_only | KeyFlag::access),
          .since = "3.2.10",
          .summary = summary,
          .complexity = radius_complexity,
          .syntax = syntax};
}

// GEORADIUS key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]]
//   [ASC | DESC] [STORE key] [STOREDIST key]
struct GeoRadius {
  static constexpr Spec<DataContext> spec{
      storing_spec("GEORADIUS", -6, 6, "Returns or stores the members within a circle around a position.",
                   "key longitude:double latitude:double radius:double <unit: M | KM | FT | MI> [WITHCOORD] [WITHDIST] "
                   "[WITHHASH] [count: COUNT count [ANY]] [order: ASC | DESC] [STORE key] [STOREDIST key]")};
  RadiusRequest request;

  static GeoRadius parse(ArgReader& reader) { return {RadiusRequest::parse(reader)}; }
  void execute(DataContext& ctx) const { request.execute(ctx, Centre::position, true); }
};

// GEORADIUS_RO key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]]
//   [ASC | DESC]
struct GeoRadiusRo {
  static constexpr Spec<DataContext> spec{
      reading_spec("GEORADIUS_RO", -6, "Returns the members within a circle around a position.",
                   "key longitude:double latitude:double radius:double <unit: M | KM | FT | MI> [WITHCOORD] [WITHDIST] "
                   "[WITHHASH] [count: COUNT count [ANY]] [order: ASC | DESC]")};
  RadiusRequest request;

  static GeoRadiusRo parse(ArgReader& reader) { return {RadiusRequest::parse(reader)}; }
  void execute(DataContext& ctx) const { request.execute(ctx, Centre::position, false); }
};

// GEORADIUSBYMEMBER key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]]
//   [ASC | DESC] [STORE key] [STOREDIST key]
struct GeoRadiusByMember {
  static constexpr Spec<DataContext> spec{
      storing_spec("GEORADIUSBYMEMBER", -5, 5, "Returns or stores the members within a circle around a member.",
                   "key member radius:double <unit: M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] "
                   "[count: COUNT count [ANY]] [order: ASC | DESC] [STORE key] [STOREDIST key]")};
  RadiusRequest request;

  static GeoRadiusByMember parse(ArgReader& reader) { return {RadiusRequest::parse(reader)}; }
  void execute(DataContext& ctx) const { request.execute(ctx, Centre::member, true); }
};

// GEORADIUSBYMEMBER_RO key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]]
//   [ASC | DESC]
struct GeoRadiusByMemberRo {
  static constexpr Spec<DataContext> spec{
      reading_spec("GEORADIUSBYMEMBER_RO", -5, "Returns the members within a circle around a member.",
                   "key member radius:double <unit: M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] "
                   "[count: COUNT count [ANY]] [order: ASC | DESC]")};
  RadiusRequest request;

  static GeoRadiusByMemberRo parse(ArgReader& reader) { return {RadiusRequest::parse(reader)}; }
  void execute(DataContext& ctx) const { request.execute(ctx, Centre::member, false); }
};

}  // namespace

std::span<const Spec<DataContext>> radius_commands() {
  static const std::array list{command<GeoRadius>(), command<GeoRadiusRo>(), command<GeoRadiusByMember>(),
                               command<GeoRadiusByMemberRo>()};
  return list;
}

}  // namespace sluice::commands::geo
