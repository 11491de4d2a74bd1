#include "server/commands/sorted_sets/pop.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "server/commands/sorted_sets/register.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::sorted_sets {

using namespace dispatch;
using store::Key;
using store::Side;
using store::SortedSet;

void pop_members(DataContext& ctx, const Key& key, OpenSortedSet& set, Side side, std::size_t count,
                 const MemberReply& reply) {
  const std::size_t size = (*set).size();
  for (store::SortedSetView::Walk walk(*set, side, 0, count); !walk.done();) {
    const store::ScoredElement element = walk.take();
    reply.member(ctx, element.member, element.score);
  }
  const std::size_t first = side == Side::head ? 0 : size - count;
  const bool remains = set.edit([&](SortedSet& edited) { edited.erase_ranks(first, count); });
  ctx.notify(EventClass::sorted_set, side == Side::head ? "zpopmin" : "zpopmax", key);
  if (!remains) ctx.notify(EventClass::generic, "del", key);
}

MultiplePop MultiplePop::parse(ArgReader& reader) {
  constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();
  MultiplePop pop;
  const auto key_count = reader.next_integer_between(1, any, "ERR numkeys should be greater than 0");
  if (static_cast<std::uint64_t>(key_count) >= reader.left()) throw syntax_error();
  for (std::int64_t number = 0; number < key_count; ++number) pop.keys.push_back(reader.next_key());
  if (reader.take_keyword("MAX")) {
    pop.side = Side::tail;
  } else if (!reader.take_keyword("MIN")) {
    throw syntax_error();
  }
  if (reader.take_keyword("COUNT")) {
    pop.count_max = reader.next_integer_between(1, any, "ERR count should be greater than 0");
  }
  reader.finish();
  return pop;
}

bool MultiplePop::run(DataContext& ctx) const {
  for (const Key& key : keys) {
    auto set = open<SortedSet>(ctx, key);
    if (!set) continue;
    const std::size_t count = std::min(static_cast<std::size_t>(count_max), (*set).size());
    ctx.reply.array(2);
    ctx.reply.bulk(key.bytes);
    ctx.reply.array(count);
    pop_members(ctx, key, set, side, count, {.with_scores = true, .in_pairs = true});
    ctx.effects.instead(pop_name(side), key.bytes, count);
    return true;
  }
  return false;
}

namespace {

constexpr SpecFields pop_spec(std::string_view name, std::string_view summary) {
  return {.name = name,
          .arity = -2,
          .flags = Flag::write | Flag::fast,
          .keys = one_key(KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data),
          .since = "5.0.0",
          .summary = summary,
          .complexity = "O(log N * M) for M members removed",
          .syntax = "key [count]"};
}

// key [count]. With a count RESP3 gets pairs, without one the member and its score.
struct PopRequest {
  Key key;
  std::optional<std::int64_t> count;

  static PopRequest parse(ArgReader& reader) {
    PopRequest request{.key = reader.next_key()};
    if (reader.left() > 1) throw syntax_error();
    if (!reader.done()) {
      request.count = reader.next_integer_between(0, std::numeric_limits<std::int64_t>::max(),
                                                  "ERR value is out of range, must be positive");
    }
    return request;
  }

  void execute(DataContext& ctx, Side side) const {
    auto set = open<SortedSet>(ctx, key);
    const std::size_t wanted = static_cast<std::size_t>(count.value_or(1));
    const std::size_t taken = set ? std::min(wanted, (*set).size()) : 0;
    MemberReply reply = MemberReply::of(ctx, true);
    if (!count) reply.in_pairs = false;
    reply.header(ctx, taken);
    if (taken > 0) pop_members(ctx, key, set, side, taken, reply);
  }
};

// ZPOPMIN key [count]
struct ZPopMin {
  static constexpr Spec<DataContext> spec{
      pop_spec("ZPOPMIN", "Removes the members with the lowest scores and returns them.")};
  PopRequest request;

  static ZPopMin parse(ArgReader& reader) { return {PopRequest::parse(reader)}; }
  void execute(DataContext& ctx) const { request.execute(ctx, Side::head); }
};

// ZPOPMAX key [count]
struct ZPopMax {
  static constexpr Spec<DataContext> spec{
      pop_spec("ZPOPMAX", "Removes the members with the highest scores and returns them.")};
  PopRequest request;

  static ZPopMax parse(ArgReader& reader) { return {PopRequest::parse(reader)}; }
  void execute(DataContext& ctx) const { request.execute(ctx, Side::tail); }
};

// ZMPOP numkeys key [key ...] <MIN | MAX> [COUNT count]
struct ZMPop {
  static constexpr Spec<DataContext> spec{
      {.name = "ZMPOP",
       .arity = -4,
       .flags = Flag::write | Flag::movable_keys,
       .keys = counted_keys(1, KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data),
       .since = "7.0.0",
       .summary = "Removes and returns members of the first sorted set that exists.",
       .complexity = "O(K + M*log N) for K keys and M members removed",
       .syntax = "numkeys key [key ...] <where: MIN | MAX> [COUNT count]"}};
  MultiplePop pop;

  static ZMPop parse(ArgReader& reader) { return {MultiplePop::parse(reader)}; }
  void execute(DataContext& ctx) const {
    if (!pop.run(ctx)) ctx.reply.null_array();
  }
};

}  // namespace

std::span<const Spec<DataContext>> pop_commands() {
  static const std::array list{command<ZPopMin>(), command<ZPopMax>(), command<ZMPop>()};
  return list;
}

}  // namespace sluice::commands::sorted_sets
