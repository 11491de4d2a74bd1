#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include "server/base/number_text.hpp"
#include "server/commands/shared/element_scan.hpp"
#include "server/commands/shared/random_count.hpp"
#include "server/commands/sorted_sets/register.hpp"
#include "server/commands/sorted_sets/shared.hpp"
#include "server/dispatch/call/family.hpp"

// Members of sorted sets by chance, and all of them bit by bit.
namespace sluice::commands::sorted_sets {

using namespace dispatch;
using store::Key;
using store::ScoredElement;
using store::SortedSet;
using store::SortedSetView;

namespace {

// Calls visit(element) for `count` different members, which there must be.
template <class Visit>
void choose(const SortedSetView& set, std::size_t count, base::Random& random, const Visit& visit) {
  // From here on a walk over all costs less than so many ways down the tree.
  constexpr std::size_t walk_from_part = 8;
  const std::size_t size = set.size();
  if (count >= size / walk_from_part) {
    std::size_t wanted = count;
    for (SortedSetView::Walk walk(set); wanted > 0;) {
      const bool is_chosen = random.below(walk.left()) < wanted;
      const ScoredElement element = walk.take();
      if (!is_chosen) continue;
      --wanted;
      visit(element);
    }
    return;
  }
  std::unordered_set<std::size_t> chosen;
  while (chosen.size() < count) {
    const std::size_t rank = random.below(size);
    if (chosen.insert(rank).second) visit(set.at(rank));
  }
}

// ZRANDMEMBER key [count [WITHSCORES]]
struct ZRandMember {
  static constexpr Spec<DataContext> spec{{.name = "ZRANDMEMBER",
                                           .arity = -2,
                                           .flags = Flag::readonly,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "6.2.0",
                                           .summary = "Returns members of a sorted set that are chosen by chance.",
                                           .complexity = "O(N) for N members returned",
                                           .syntax = "key [options: count [WITHSCORES]]",
                                           .tips = "nondeterministic_output"}};
  Key key;
  RandomCount wanted;

  static ZRandMember parse(ArgReader& reader) {
    const Key key = reader.next_key();
    return {.key = key, .wanted = RandomCount::parse(reader, "WITHSCORES")};
  }

  void execute(DataContext& ctx) const {
    const auto set = read<SortedSet>(ctx, key);
    if (!wanted.count) return reply_one(ctx, set);
    if (!set) return ctx.reply.array(0);
    const MemberReply reply = MemberReply::of(ctx, wanted.with_option);
    const std::size_t count = wanted.may_repeat() ? wanted.size() : std::min(wanted.size(), (*set).size());
    reply.header(ctx, count);
    base::Random& random = ctx.keyspace.random();
    const auto put = [&](const ScoredElement& element) { reply.member(ctx, element.member, element.score); };
    if (!wanted.may_repeat()) return choose(*set, count, random, put);
    for (std::size_t left = count; left > 0 && !ctx.reply.has_overflowed(); --left) put((*set).random(random));
  }

 private:
  static void reply_one(DataContext& ctx, const OpenSortedSet& set) {
    if (!set) return ctx.reply.null();
    reply_element(ctx.reply, (*set).random(ctx.keyspace.random()).member);
  }
};

// ZSCAN key cursor [MATCH pattern] [COUNT count] [NOSCORES]
struct ZScan {
  static constexpr Spec<DataContext> spec{{.name = "ZSCAN",
                                           .arity = -3,
                                           .flags = Flag::readonly,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "2.8.0",
                                           .summary = "Returns some of the members and a cursor that leads to more.",
                                           .complexity = "O(N) for a COUNT of N",
                                           .syntax = "key cursor [MATCH pattern] [COUNT count] [NOSCORES]",
                                           .tips = "nondeterministic_output"}};
  ElementScan scan;

  static ZScan parse(ArgReader& reader) { return {ElementScan::parse(reader)}; }

  void execute(DataContext& ctx) const {
    const auto set = read<SortedSet>(ctx, scan.key);
    if (!set) return reply_empty_scan(ctx);
    ElementScan wanted = scan;
    wanted.read_options("NOSCORES");
    const bool with_scores = !wanted.own_option_given;
    std::vector<ScoredElement> members;
    const std::uint64_t next = (*set).scan(wanted.options.cursor, wanted.count(), [&](const ScoredElement& element) {
      if (wanted.options.accepts(store::ElementText(element.member).bytes())) members.push_back(element);
    });
    ctx.reply.array(2);
    ctx.reply.bulk_integer(static_cast<std::int64_t>(next));
    ctx.reply.array(members.size() * (with_scores ? 2 : 1));
    for (const ScoredElement& element : members) {
      reply_element(ctx.reply, element.member);
      // A string in RESP3, too.
      if (with_scores) ctx.reply.bulk(base::format_real(element.score));
    }
  }
};

}  // namespace

std::span<const Spec<DataContext>> chance_and_scan_commands() {
  static const std::array list{command<ZRandMember>(), command<ZScan>()};
  return list;
}

}  // namespace sluice::commands::sorted_sets
