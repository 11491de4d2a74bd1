#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string_view>
#include <vector>

#include "server/base/number_text.hpp"
#include "server/commands/shared/scored_members.hpp"
#include "server/commands/sorted_sets/register.hpp"
#include "server/commands/sorted_sets/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Adding members to sorted sets, giving them other scores, removing them.
namespace sluice::commands::sorted_sets {

using namespace dispatch;
using store::Key;
using store::SortedSet;

namespace {

CommandError no_number() {
  return CommandError("ERR resulting score is not a number (NaN)");
}

// ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]
struct ZAdd {
  static constexpr Spec<DataContext> spec{
      {.name = "ZADD",
       .arity = -4,
       .flags = Flag::write | Flag::deny_oom | Flag::fast | Flag::several_changes,
       .keys = one_key(KeyFlag::read_write | KeyFlag::update),
       .since = "1.2.0",
       .summary = "Adds members to a sorted set, or gives them other scores. Creates the key if it is absent.",
       .complexity = "O(log N) for each member",
       .syntax = "key [condition: NX | XX] [comparison: GT | LT] [change: CH] [increment: INCR] score:double member "
                 "[score_member: score:double member ...]",
       .element_word = 3}};
  Key key;
  AddRules rules;
  bool counts_changes = false;
  bool is_increment = false;
  Words pairs;

  static ZAdd parse(ArgReader& reader) {
    ZAdd command{.key = reader.next_key()};
    while (command.take_option(reader)) {
    }
    command.pairs = reader.rest();
    command.check();
    return command;
  }

  void execute(DataContext& ctx) const {
    const std::vector<ScoredWord> members = read_scores();
    auto set = open<SortedSet>(ctx, key);
    if (is_increment) return increment(ctx, set, members.front());
    const Added result = add_members(ctx, key, set, members, rules);
    if (result.any()) ctx.notify(EventClass::sorted_set, "zadd", key);
    ctx.reply.integer(static_cast<std::int64_t>(counts_changes ? result.added + result.updated : result.added));
  }

 private:
  bool take_option(ArgReader& reader) {
    // Nearly always a score comes next, which is a number.
    if (reader.done() || reader.peek().empty() || reader.peek().front() < 'A') return false;
    if (reader.take_keyword("NX")) return rules.only_new = true;
    if (reader.take_keyword("XX")) return rules.only_present = true;
    if (reader.take_keyword("GT")) return rules.only_greater = true;
    if (reader.take_keyword("LT")) return rules.only_less = true;
    if (reader.take_keyword("CH")) return counts_changes = true;
    if (reader.take_keyword("INCR")) return is_increment = true;
    return false;
  }

  void check() const {
    if (pairs.empty() || pairs.size() % 2 != 0) throw syntax_error();
    if (rules.only_new && rules.only_present) {
      throw CommandError("ERR XX and NX options at the same time are not compatible");
    }
    if ((rules.only_greater && rules.only_new) || (rules.only_less && rules.only_new) ||
        (rules.only_greater && rules.only_less)) {
      throw CommandError("ERR GT, LT, and/or NX options at the same time are not compatible");
    }
    if (is_increment && pairs.size() > 2) {
      throw CommandError("ERR INCR option supports a single increment-element pair");
    }
  }

  std::vector<ScoredWord> read_scores() const {
    std::vector<ScoredWord> members;
    members.reserve(pairs.size() / 2);
    for (std::size_t index = 0; index < pairs.size(); index += 2) {
      const auto score = base::parse_double(pairs[index]);
      if (!score) throw not_a_float();
      members.push_back({*score, pairs[index + 1]});
    }
    return members;
  }

  // Replies with the new score, or null if a condition did not hold.
  void increment(DataContext& ctx, OpenSortedSet& set, ScoredWord member) const {
    const auto present = set ? (*set).score_of(member.member) : std::nullopt;
    if (present && rules.only_new) return ctx.reply.null();
    if (present) member.score += *present;
    if (std::isnan(member.score)) throw no_number();
    if (!rules.score_for(present, member.score)) return ctx.reply.null();
    if (add_members(ctx, key, set, {member}, rules).any()) ctx.notify(EventClass::sorted_set, "zincr", key);
    ctx.reply.real(member.score);
  }
};

// ZINCRBY key increment member
struct ZIncrBy {
  static constexpr Spec<DataContext> spec{{.name = "ZINCRBY",
                                           .arity = 4,
                                           .flags = Flag::write | Flag::deny_oom | Flag::fast,
                                           .keys = one_key(KeyFlag::read_write | KeyFlag::access | KeyFlag::update),
                                           .since = "1.2.0",
                                           .summary = "Adds to the score of a member; an absent one counts as 0.",
                                           .complexity = "O(log N)",
                                           .syntax = "key increment member",
                                           .element_word = 3}};
  Key key;
  double increment = 0;
  std::string_view member;

  void execute(DataContext& ctx) const {
    auto set = open<SortedSet>(ctx, key);
    const auto present = set ? (*set).score_of(member) : std::nullopt;
    const double sum = present ? *present + increment : increment;
    if (std::isnan(sum)) throw no_number();
    if (add_members(ctx, key, set, {{sum, member}}, {}).any()) ctx.notify(EventClass::sorted_set, "zincr", key);
    ctx.reply.real(sum);
  }
};

// ZREM key member [member ...]
// The key goes with the last member.
struct ZRem {
  static constexpr Spec<DataContext> spec{{.name = "ZREM",
                                           .arity = -3,
                                           .flags = Flag::write | Flag::fast,
                                           .keys = one_key(KeyFlag::read_write | KeyFlag::delete_data),
                                           .since = "1.2.0",
                                           .summary = "Removes members of a sorted set.",
                                           .complexity = "O(M*log N) for M members",
                                           .syntax = "key member [member ...]",
                                           .element_word = 2}};
  Key key;
  Words members;

  void execute(DataContext& ctx) const {
    auto set = open<SortedSet>(ctx, key);
    std::size_t removed = 0;
    const bool remains = !set || set.edit([&](SortedSet& edited) {
      for (const std::string_view member : members) removed += edited.erase(member) ? 1U : 0U;
      return removed > 0;
    });
    if (removed > 0) ctx.notify(EventClass::sorted_set, "zrem", key);
    if (!remains) ctx.notify(EventClass::generic, "del", key);
    ctx.reply.integer(static_cast<std::int64_t>(removed));
  }
};

}  // namespace

std::span<const Spec<DataContext>> change_commands() {
  static const std::array list{command<ZAdd>(), command<ZIncrBy>(), command<ZRem>()};
  return list;
}

}  // namespace sluice::commands::sorted_sets
