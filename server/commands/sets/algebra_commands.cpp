#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "server/commands/sets/algebra.hpp"
#include "server/commands/sets/register.hpp"
#include "server/commands/sets/shared.hpp"
#include "server/commands/shared/store_result.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Intersections, unions and differences of sets: replied, stored, counted.
namespace sluice::commands::sets {

using namespace dispatch;
using store::Key;
using store::PackedElement;
using store::Set;

namespace {

enum class Operation : std::uint8_t { intersection, set_union, difference };

// The sets at `keys` as far as they exist. `is_first_absent` and `is_any_absent` tell of the others.
struct Operands {
  Sets sets;
  bool is_first_absent = false;
  bool is_any_absent = false;

  // All types are checked, whatever the result needs.
  static Operands look_up(DataContext& ctx, Words keys) {
    Operands operands;
    operands.sets.reserve(keys.size());
    for (std::size_t index = 0; index < keys.size(); ++index) {
      const auto set = read<Set>(ctx, ctx.hashing.key_of(keys[index]));
      if (set) {
        operands.sets.push_back(*set);
      } else {
        operands.is_any_absent = true;
        if (index == 0) operands.is_first_absent = true;
      }
    }
    return operands;
  }
};

std::size_t visit_result(Operation operation, const Operands& operands, std::size_t limit, const MemberVisitor& visit) {
  switch (operation) {
    case Operation::intersection:
      return operands.is_any_absent ? 0 : intersect(operands.sets, limit, visit);
    case Operation::set_union:
      return unite(operands.sets, limit, visit);
    case Operation::difference: {
      if (operands.is_first_absent) return 0;
      Sets others(operands.sets.begin() + 1, operands.sets.end());
      return subtract(operands.sets.front(), std::move(others), limit, visit);
    }
  }
  return 0;
}

void reply_result(DataContext& ctx, Operation operation, Words keys) {
  const Operands operands = Operands::look_up(ctx, keys);
  const std::size_t mark = ctx.reply.mark();
  const std::size_t count = visit_result(operation, operands, no_limit,
                                         [&](const PackedElement& member) { reply_element(ctx.reply, member); });
  ctx.reply.set_at(mark, count);
}

// Puts the result in the place of whatever the destination holds. An empty one removes the destination.
void store_computed(DataContext& ctx, Operation operation, Words words, std::string_view event) {
  const Key destination = ctx.hashing.key_of(words[0]);
  const Operands operands = Operands::look_up(ctx, words.subspan(1));
  std::vector<PackedElement> members;
  visit_result(operation, operands, no_limit, [&](const PackedElement& member) { members.push_back(member); });
  store_result(ctx, destination, Set::of(members, set_limits(ctx)), EventClass::set, event);
}

constexpr SpecFields reply_spec(std::string_view name, std::string_view summary) {
  return {.name = name,
          .arity = -2,
          .flags = Flag::readonly,
          .keys = all_keys(KeyFlag::read_only | KeyFlag::access),
          .since = "1.0.0",
          .summary = summary,
          .complexity = "O(N) for N members of all sets",
          .syntax = "key [key ...]",
          .tips = "nondeterministic_output_order"};
}

constexpr SpecFields store_spec(std::string_view name, std::string_view summary) {
  return {.name = name,
          .arity = -3,
          .flags = Flag::write | Flag::deny_oom,
          .keys = {{.flags = KeyFlag::overwrite | KeyFlag::update},
                   {.flags = KeyFlag::read_only | KeyFlag::access, .index = 2, .last = -1}},
          .since = "1.0.0",
          .summary = summary,
          .complexity = "O(N) for N members of all sets",
          .syntax = "destination key [key ...]"};
}

// SINTER key [key ...]
struct SInter {
  static constexpr Spec<DataContext> spec{reply_spec("SINTER", "Returns the members that all of several sets have.")};
  Words keys;

  void execute(DataContext& ctx) const { reply_result(ctx, Operation::intersection, keys); }
};

// SUNION key [key ...]
struct SUnion {
  static constexpr Spec<DataContext> spec{reply_spec("SUNION", "Returns the members that any of several sets has.")};
  Words keys;

  void execute(DataContext& ctx) const { reply_result(ctx, Operation::set_union, keys); }
};

// SDIFF key [key ...]
struct SDiff {
  static constexpr Spec<DataContext> spec{
      reply_spec("SDIFF", "Returns the members of the first set that none of the others has.")};
  Words keys;

  void execute(DataContext& ctx) const { reply_result(ctx, Operation::difference, keys); }
};

// SINTERSTORE destination key [key ...]
struct SInterStore {
  static constexpr Spec<DataContext> spec{
      store_spec("SINTERSTORE", "Stores the members that all of several sets have.")};
  Words words;

  void execute(DataContext& ctx) const { store_computed(ctx, Operation::intersection, words, "sinterstore"); }
};

// SUNIONSTORE destination key [key ...]
struct SUnionStore {
  static constexpr Spec<DataContext> spec{
      store_spec("SUNIONSTORE", "Stores the members that any of several sets has.")};
  Words words;

  void execute(DataContext& ctx) const { store_computed(ctx, Operation::set_union, words, "sunionstore"); }
};

// SDIFFSTORE destination key [key ...]
struct SDiffStore {
  static constexpr Spec<DataContext> spec{
      store_spec("SDIFFSTORE", "Stores the members of the first set that none of the others has.")};
  Words words;

  void execute(DataContext& ctx) const { store_computed(ctx, Operation::difference, words, "sdiffstore"); }
};

constexpr SpecFields count_spec(std::string_view name, std::string_view since, std::string_view summary,
                                std::string_view syntax) {
  return {.name = name,
          .arity = -3,
          .flags = Flag::readonly | Flag::movable_keys,
          .keys = counted_keys(1, KeyFlag::read_only | KeyFlag::access),
          .since = since,
          .summary = summary,
          .complexity = "O(N) for N members of all sets",
          .syntax = syntax};
}

// numkeys key [key ...] [LIMIT limit]; a limit of 0 is none.
struct CountedSets {
  Words keys;
  std::size_t limit = no_limit;

  static CountedSets parse(ArgReader& reader, bool takes_approximation) {
    constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();
    const auto count = reader.next_integer_between(1, any, "ERR numkeys should be greater than 0");
    if (static_cast<std::uint64_t>(count) > reader.left()) {
      throw CommandError("ERR Number of keys can't be greater than number of args");
    }
    CountedSets wanted{.keys = reader.left_words().first(static_cast<std::size_t>(count))};
    for (std::int64_t number = 0; number < count; ++number) reader.next_word();
    while (!reader.done()) {
      if (takes_approximation && reader.take_keyword("APPROX")) continue;
      if (!reader.take_keyword("LIMIT")) throw syntax_error();
      const auto limit = reader.next_integer_between(0, any, "ERR LIMIT can't be negative");
      wanted.limit = limit == 0 ? no_limit : static_cast<std::size_t>(limit);
    }
    return wanted;
  }

  void reply_count(DataContext& ctx, Operation operation) const {
    const Operands operands = Operands::look_up(ctx, keys);
    const std::size_t count = visit_result(operation, operands, limit, [](const PackedElement&) {});
    ctx.reply.integer(static_cast<std::int64_t>(count));
  }
};

// SINTERCARD numkeys key [key ...] [LIMIT limit]
struct SInterCard {
  static constexpr Spec<DataContext> spec{count_spec("SINTERCARD", "7.0.0",
                                                     "Counts the members that all of several sets have.",
                                                     "numkeys key [key ...] [LIMIT limit]")};
  CountedSets sets;

  static SInterCard parse(ArgReader& reader) { return {CountedSets::parse(reader, false)}; }
  void execute(DataContext& ctx) const { sets.reply_count(ctx, Operation::intersection); }
};

// SUNIONCARD numkeys key [key ...] [APPROX] [LIMIT limit]
// The exact number is as good as an approximate one.
struct SUnionCard {
  static constexpr Spec<DataContext> spec{count_spec("SUNIONCARD", "8.10.0",
                                                     "Counts the members that any of several sets has.",
                                                     "numkeys key [key ...] [APPROX] [LIMIT limit]")};
  CountedSets sets;

  static SUnionCard parse(ArgReader& reader) { return {CountedSets::parse(reader, true)}; }
  void execute(DataContext& ctx) const { sets.reply_count(ctx, Operation::set_union); }
};

// SDIFFCARD numkeys key [key ...] [LIMIT limit]
struct SDiffCard {
  static constexpr Spec<DataContext> spec{count_spec("SDIFFCARD", "8.10.0",
                                                     "Counts the members of the first set that none of the others has.",
                                                     "numkeys key [key ...] [LIMIT limit]")};
  CountedSets sets;

  static SDiffCard parse(ArgReader& reader) { return {CountedSets::parse(reader, false)}; }
  void execute(DataContext& ctx) const { sets.reply_count(ctx, Operation::difference); }
};

}  // namespace

std::span<const Spec<DataContext>> algebra_commands() {
  static const std::array list{command<SInter>(),      command<SUnion>(),      command<SDiff>(),
                               command<SInterStore>(), command<SUnionStore>(), command<SDiffStore>(),
                               command<SInterCard>(),  command<SUnionCard>(),  command<SDiffCard>()};
  return list;
}

}  // namespace sluice::commands::sets
