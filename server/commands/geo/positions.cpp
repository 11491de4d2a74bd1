#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/commands/geo/register.hpp"
#include "server/commands/geo/shared.hpp"
#include "server/commands/shared/scored_members.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Adding positions, and reading them by name.
namespace sluice::commands::geo {

using namespace dispatch;
using store::Key;
using store::SortedSet;

namespace {

// GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]
struct GeoAdd {
  static constexpr Spec<DataContext> spec{
      {.name = "GEOADD",
       .arity = -5,
       .flags = Flag::write | Flag::deny_oom | Flag::several_changes,
       .keys = one_key(KeyFlag::read_write | KeyFlag::update),
       .since = "3.2.0",
       .summary = "Adds members with their positions to a sorted set. Creates the key if it is absent.",
       .complexity = "O(log N) for each member",
       .syntax =
           "key [condition: NX | XX] [change: CH] <data: longitude:double latitude:double member [longitude:double "
           "latitude:double member ...]>"}};
  Key key;
  AddRules rules;
  bool counts_changes = false;
  std::vector<ScoredWord> members;

  static GeoAdd parse(ArgReader& reader) {
    GeoAdd command{.key = reader.next_key()};
    while (command.take_option(reader)) {
    }
    if (reader.left() % 3 != 0 || (command.rules.only_new && command.rules.only_present)) throw syntax_error();
    command.members.reserve(reader.left() / 3);
    while (!reader.done()) {
      const auto cell = static_cast<double>(cell_of(next_position(reader)));
      command.members.push_back({cell, reader.next_word()});
    }
    if (command.members.empty()) throw syntax_error();
    return command;
  }

  // Is repeated as ZADD, in small letters as Redis writes it.
  void execute(DataContext& ctx) const {
    auto set = open<SortedSet>(ctx, key);
    const Added result = add_members(ctx, key, set, members, rules);
    if (result.any()) {
      ctx.notify(EventClass::sorted_set, "zadd", key);
      repeat(ctx);
    }
    ctx.reply.integer(static_cast<std::int64_t>(counts_changes ? result.added + result.updated : result.added));
  }

 private:
  bool take_option(ArgReader& reader) {
    if (reader.take_keyword("NX")) return rules.only_new = true;
    if (reader.take_keyword("XX")) return rules.only_present = true;
    if (reader.take_keyword("CH")) return counts_changes = true;
    return false;
  }

  void repeat(DataContext& ctx) const {
    std::vector<std::string> scores;
    ctx.effects.instead_written([&](std::vector<std::string_view>& request) {
      request = {"zadd", key.bytes};
      if (rules.only_new) request.emplace_back("NX");
      if (rules.only_present) request.emplace_back("XX");
      if (counts_changes) request.emplace_back("CH");
      scores.reserve(members.size());
      for (const auto& [score, member] : members) {
        scores.push_back(std::to_string(static_cast<std::uint64_t>(score)));
        request.insert(request.end(), {scores.back(), member});
      }
    });
  }
};

constexpr SpecFields read_spec(std::string_view name, std::string_view summary) {
  return {.name = name,
          .arity = -2,
          .flags = Flag::readonly,
          .keys = one_key(KeyFlag::read_only | KeyFlag::access),
          .since = "3.2.0",
          .summary = summary,
          .complexity = "O(1) for each member",
          .syntax = "key [member [member ...]]",
          .element_word = 2};
}

// Calls reply(position) for every member that is there, and replies null for the others: null() or null_array().
template <class Reply, class ReplyAbsent>
void reply_for_each(DataContext& ctx, const Key& key, Words members, const Reply& reply, const ReplyAbsent& absent) {
  const auto set = read<SortedSet>(ctx, key);
  ctx.reply.array(members.size());
  for (const std::string_view member : members) {
    const auto position = set ? position_of(*set, member) : std::nullopt;
    position ? reply(*position) : absent();
  }
}

// GEOPOS key [member [member ...]]
struct GeoPos {
  static constexpr Spec<DataContext> spec{read_spec("GEOPOS", "Returns the longitudes and latitudes of members.")};
  Key key;
  Words members;

  void execute(DataContext& ctx) const {
    reply_for_each(
        ctx, key, members, [&](Position position) { reply_position(ctx, position); }, [&] { ctx.reply.null_array(); });
  }
};

// GEOHASH key [member [member ...]]
struct GeoHash {
  static constexpr Spec<DataContext> spec{read_spec("GEOHASH", "Returns the positions of members as geohashes.")};
  Key key;
  Words members;

  void execute(DataContext& ctx) const {
    reply_for_each(
        ctx, key, members, [&](Position position) { ctx.reply.bulk(geohash_text(position)); },
        [&] { ctx.reply.null(); });
  }
};

// GEODIST key member1 member2 [M | KM | FT | MI]
struct GeoDist {
  static constexpr Spec<DataContext> spec{{.name = "GEODIST",
                                           .arity = -4,
                                           .flags = Flag::readonly,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "3.2.0",
                                           .summary = "Returns the distance between two members.",
                                           .complexity = "O(1)",
                                           .syntax = "key member1 member2 [unit: M | KM | FT | MI]",
                                           .element_word = 2}};
  Key key;
  std::string_view from;
  std::string_view to;
  double unit = 1;

  static GeoDist parse(ArgReader& reader) {
    GeoDist command{.key = reader.next_key(), .from = reader.next_word(), .to = reader.next_word()};
    if (reader.left() > 1) throw syntax_error();
    if (!reader.done()) command.unit = unit_m(reader.next_word());
    return command;
  }

  void execute(DataContext& ctx) const {
    const auto set = read<SortedSet>(ctx, key);
    const auto start = set ? position_of(*set, from) : std::nullopt;
    const auto end = set ? position_of(*set, to) : std::nullopt;
    if (!start || !end) return ctx.reply.null();
    reply_distance(ctx, distance_m(*start, *end) / unit);
  }
};

}  // namespace

std::span<const Spec<DataContext>> position_commands() {
  static const std::array list{command<GeoAdd>(), command<GeoPos>(), command<GeoHash>(), command<GeoDist>()};
  return list;
}

}  // namespace sluice::commands::geo
