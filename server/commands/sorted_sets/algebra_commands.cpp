#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/number_text.hpp"
#include "server/base/text.hpp"
#include "server/commands/sorted_sets/algebra.hpp"
#include "server/commands/sorted_sets/register.hpp"
#include "server/commands/sorted_sets/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/store/values/set.hpp"
#include "server/store/values/sorted_set_builder.hpp"

// Unions, intersections and differences of sorted sets and sets: replied, stored, counted.
namespace sluice::commands::sorted_sets {

using namespace dispatch;
using store::Key;
using store::SortedSetBuilder;

namespace {

enum class Operation : std::uint8_t { set_union, intersection, difference };

Source look_up(DataContext& ctx, const Key& key) {
  const auto found = find_to_read(ctx, key);
  if (!found) return {};
  if (found->type() == store::Type::set) return {found.view<store::Set>()};
  return {check_type(found, store::Type::sorted_set).view<store::SortedSet>()};
}

// numkeys key [key ...], and the rest of the words: Redis looks at the keys before it reads the options.
struct CountedKeys {
  std::vector<Key> keys;
  ArgReader rest;

  static CountedKeys parse(ArgReader& reader, std::string_view command_name) {
    const std::int64_t count = reader.next_integer();
    if (count < 1) {
      throw CommandError("ERR at least 1 input key is needed for '" + base::to_lower(command_name) + "' command");
    }
    if (static_cast<std::uint64_t>(count) > reader.left()) throw syntax_error();
    std::vector<Key> keys;
    keys.reserve(static_cast<std::size_t>(count));
    for (std::int64_t number = 0; number < count; ++number) keys.push_back(reader.key_of(reader.next_word()));
    const ArgReader rest = reader;
    reader.rest();
    return {std::move(keys), rest};
  }

  std::vector<Source> sources(DataContext& ctx) const {
    std::vector<Source> found;
    found.reserve(keys.size());
    for (const Key& key : keys) found.push_back(look_up(ctx, key));
    return found;
  }
};

struct Options {
  Aggregate aggregate = Aggregate::sum;
  bool with_scores = false;
};

void read_weights(ArgReader& reader, std::vector<Source>& sources) {
  if (reader.left() < sources.size()) throw syntax_error();
  for (Source& source : sources) {
    const auto weight = base::parse_double(reader.next_word());
    if (!weight) throw CommandError("ERR weight value is not a float");
    source.weight = *weight;
  }
}

Aggregate next_aggregate(ArgReader& reader) {
  if (reader.take_keyword("SUM")) return Aggregate::sum;
  if (reader.take_keyword("MIN")) return Aggregate::min;
  if (reader.take_keyword("MAX")) return Aggregate::max;
  if (reader.take_keyword("COUNT")) return Aggregate::count;
  throw syntax_error();
}

// [WEIGHTS weight …] [AGGREGATE …], but not of a difference, and [WITHSCORES] if nothing is stored.
Options read_options(ArgReader reader, Operation operation, bool is_stored, std::vector<Source>& sources) {
  Options options;
  const bool has_scores = operation != Operation::difference;
  while (!reader.done()) {
    if (has_scores && reader.take_keyword("WEIGHTS")) {
      read_weights(reader, sources);
    } else if (has_scores && reader.take_keyword("AGGREGATE")) {
      options.aggregate = next_aggregate(reader);
    } else if (!is_stored && reader.take_keyword("WITHSCORES")) {
      options.with_scores = true;
    } else {
      throw syntax_error();
    }
  }
  return options;
}

void compute(Operation operation, std::vector<Source> sources, Aggregate aggregate, SortedSetBuilder& result) {
  switch (operation) {
    case Operation::set_union:
      return unite(std::move(sources), aggregate, result);
    case Operation::intersection:
      return intersect(std::move(sources), aggregate, result);
    case Operation::difference:
      return subtract(sources, result);
  }
}

void reply_result(DataContext& ctx, const CountedKeys& keys, Operation operation) {
  std::vector<Source> sources = keys.sources(ctx);
  const Options options = read_options(keys.rest, operation, false, sources);
  SortedSetBuilder result(ctx.hashing.hasher);
  compute(operation, std::move(sources), options.aggregate, result);
  const MemberReply reply = MemberReply::of(ctx, options.with_scores);
  reply.header(ctx, result.size());
  for (const store::ScoredMember* member : result.sorted()) {
    reply.member(ctx, store::PackedElement(member->key()), member->score());
  }
}

void store_computed(DataContext& ctx, const Key& destination, const CountedKeys& keys, Operation operation,
                    std::string_view event) {
  std::vector<Source> sources = keys.sources(ctx);
  const Options options = read_options(keys.rest, operation, true, sources);
  SortedSetBuilder result(ctx.hashing.hasher);
  compute(operation, std::move(sources), options.aggregate, result);
  store_sorted_set(ctx, destination, result.finish(sorted_set_limits(ctx)), event);
}

constexpr std::string_view weights_syntax =
    "numkeys key [key ...] [WEIGHTS weight [weight ...]] [aggregate: AGGREGATE < SUM | MIN | MAX | "
    "COUNT >] "
    "[WITHSCORES]";
constexpr std::string_view stored_weights_syntax =
    "destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [aggregate: AGGREGATE < SUM | MIN "
    "| "
    "MAX | COUNT >]";

constexpr SpecFields reply_spec(std::string_view name, std::string_view summary, std::string_view syntax) {
  return {.name = name,
          .arity = -3,
          .flags = Flag::readonly | Flag::movable_keys,
          .keys = counted_keys(1, KeyFlag::read_only | KeyFlag::access),
          .since = "6.2.0",
          .summary = summary,
          .complexity = "O(N log N) for N members of all sets",
          .syntax = syntax};
}

constexpr SpecFields store_spec(std::string_view name, std::string_view since, std::string_view summary,
                                std::string_view syntax) {
  return {.name = name,
          .arity = -4,
          .flags = Flag::write | Flag::deny_oom | Flag::movable_keys,
          .keys = {{.flags = KeyFlag::overwrite | KeyFlag::update},
                   {.flags = KeyFlag::read_only | KeyFlag::access, .index = 2, .is_counted = true}},
          .since = since,
          .summary = summary,
          .complexity = "O(N log N) for N members of all sets",
          .syntax = syntax};
}

// ZUNION numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE <SUM | MIN | MAX | COUNT>] [WITHSCORES]
struct ZUnion {
  static constexpr Spec<DataContext> spec{
      reply_spec("ZUNION", "Returns the members that any of several sorted sets has.", weights_syntax)};
  CountedKeys keys;

  static ZUnion parse(ArgReader& reader) { return {CountedKeys::parse(reader, spec.name)}; }
  void execute(DataContext& ctx) const { reply_result(ctx, keys, Operation::set_union); }
};

// ZINTER numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE <SUM | MIN | MAX | COUNT>] [WITHSCORES]
struct ZInter {
  static constexpr Spec<DataContext> spec{
      reply_spec("ZINTER", "Returns the members that all of several sorted sets have.", weights_syntax)};
  CountedKeys keys;

  static ZInter parse(ArgReader& reader) { return {CountedKeys::parse(reader, spec.name)}; }
  void execute(DataContext& ctx) const { reply_result(ctx, keys, Operation::intersection); }
};

// ZDIFF numkeys key [key ...] [WITHSCORES]
struct ZDiff {
  static constexpr Spec<DataContext> spec{
      reply_spec("ZDIFF", "Returns the members of the first sorted set that none of the others has.",
                 "numkeys key [key ...] [WITHSCORES]")};
  CountedKeys keys;

  static ZDiff parse(ArgReader& reader) { return {CountedKeys::parse(reader, spec.name)}; }
  void execute(DataContext& ctx) const { reply_result(ctx, keys, Operation::difference); }
};

// ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE <SUM | MIN | MAX | COUNT>]
struct ZUnionStore {
  static constexpr Spec<DataContext> spec{store_spec(
      "ZUNIONSTORE", "2.0.0", "Stores the members that any of several sorted sets has.", stored_weights_syntax)};
  Key destination;
  CountedKeys keys;

  static ZUnionStore parse(ArgReader& reader) {
    const Key destination = reader.next_key();
    return {destination, CountedKeys::parse(reader, spec.name)};
  }
  void execute(DataContext& ctx) const { store_computed(ctx, destination, keys, Operation::set_union, "zunionstore"); }
};

// ZINTERSTORE destination numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE <SUM | MIN | MAX | COUNT>]
struct ZInterStore {
  static constexpr Spec<DataContext> spec{store_spec(
      "ZINTERSTORE", "2.0.0", "Stores the members that all of several sorted sets have.", stored_weights_syntax)};
  Key destination;
  CountedKeys keys;

  static ZInterStore parse(ArgReader& reader) {
    const Key destination = reader.next_key();
    return {destination, CountedKeys::parse(reader, spec.name)};
  }
  void execute(DataContext& ctx) const {
    store_computed(ctx, destination, keys, Operation::intersection, "zinterstore");
  }
};

// ZDIFFSTORE destination numkeys key [key ...]
struct ZDiffStore {
  static constexpr Spec<DataContext> spec{
      store_spec("ZDIFFSTORE", "6.2.0", "Stores the members of the first sorted set that none of the others has.",
                 "destination numkeys key [key ...]")};
  Key destination;
  CountedKeys keys;

  static ZDiffStore parse(ArgReader& reader) {
    const Key destination = reader.next_key();
    return {destination, CountedKeys::parse(reader, spec.name)};
  }
  void execute(DataContext& ctx) const { store_computed(ctx, destination, keys, Operation::difference, "zdiffstore"); }
};

// ZINTERCARD numkeys key [key ...] [LIMIT limit]
// A limit of 0 is none.
struct ZInterCard {
  static constexpr Spec<DataContext> spec{{.name = "ZINTERCARD",
                                           .arity = -3,
                                           .flags = Flag::readonly | Flag::movable_keys,
                                           .keys = counted_keys(1, KeyFlag::read_only | KeyFlag::access),
                                           .since = "7.0.0",
                                           .summary = "Counts the members that all of several sorted sets have.",
                                           .complexity = "O(N*K) for K sets of which the smallest has N members",
                                           .syntax = "numkeys key [key ...] [LIMIT limit]"}};
  CountedKeys keys;

  static ZInterCard parse(ArgReader& reader) { return {CountedKeys::parse(reader, spec.name)}; }

  void execute(DataContext& ctx) const {
    std::vector<Source> sources = keys.sources(ctx);
    const std::size_t limit = read_limit(keys.rest);
    ctx.reply.integer(static_cast<std::int64_t>(count_intersection(std::move(sources), limit, ctx.hashing.hasher)));
  }

 private:
  static std::size_t read_limit(ArgReader reader) {
    constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();
    std::int64_t limit = 0;
    while (!reader.done()) {
      if (!reader.take_keyword("LIMIT")) throw syntax_error();
      limit = reader.next_integer_between(0, any, "ERR LIMIT can't be negative");
    }
    return limit == 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(limit);
  }
};

}  // namespace

std::span<const Spec<DataContext>> algebra_commands() {
  static const std::array list{command<ZUnion>(),      command<ZInter>(),      command<ZDiff>(),
                               command<ZUnionStore>(), command<ZInterStore>(), command<ZDiffStore>(),
                               command<ZInterCard>()};
  return list;
}

}  // namespace sluice::commands::sorted_sets
