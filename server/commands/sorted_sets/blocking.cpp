#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "server/commands/shared/timeout.hpp"
#include "server/commands/sorted_sets/pop.hpp"
#include "server/commands/sorted_sets/register.hpp"
#include "server/dispatch/call/family.hpp"

// The commands on sorted sets that wait for members.
namespace sluice::commands::sorted_sets {

using namespace dispatch;
using store::Key;
using store::Side;
using store::SortedSet;

namespace {

constexpr SpecFields blocking_pop_spec(std::string_view name, std::string_view summary) {
  return {.name = name,
          .arity = -3,
          .flags = Flag::write | Flag::blocking | Flag::fast,
          .keys = KeySpec{.flags = KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data, .last = -2},
          .since = "5.0.0",
          .summary = summary,
          .complexity = "O(log N)",
          .syntax = "key [key ...] timeout:double"};
}

// key [key ...] timeout
struct BlockingPopRequest {
  std::vector<Key> keys;
  std::int64_t timeout_ms = 0;

  static BlockingPopRequest parse(ArgReader& reader) {
    BlockingPopRequest request;
    request.keys.push_back(reader.next_key());
    while (reader.left() > 1) request.keys.push_back(reader.key_of(reader.next_word()));
    request.timeout_ms = parse_timeout_ms(reader.next_word());
    return request;
  }

  // Takes one member of the first sorted set that exists.
  void execute(BlockingContext& ctx, Side side) const {
    for (const Key& key : keys) {
      auto set = open<SortedSet>(ctx, key);
      if (!set) continue;
      ctx.reply.array(3);
      ctx.reply.bulk(key.bytes);
      pop_members(ctx, key, set, side, 1, {.with_scores = true});
      return ctx.effects.instead(pop_name(side), key.bytes);
    }
    if (!ctx.may_wait) return ctx.reply.null_array();
    ctx.wait_for(keys, store::Type::sorted_set, timeout_ms);
  }
};

// BZPOPMIN key [key ...] timeout
struct BZPopMin {
  static constexpr Spec<BlockingContext> spec{blocking_pop_spec(
      "BZPOPMIN",
      "Removes and returns the member with the lowest score of the first sorted set that exists, or waits.")};
  BlockingPopRequest request;

  static BZPopMin parse(ArgReader& reader) { return {BlockingPopRequest::parse(reader)}; }
  void execute(BlockingContext& ctx) const { request.execute(ctx, Side::head); }
};

// BZPOPMAX key [key ...] timeout
struct BZPopMax {
  static constexpr Spec<BlockingContext> spec{blocking_pop_spec(
      "BZPOPMAX",
      "Removes and returns the member with the highest score of the first sorted set that exists, or waits.")};
  BlockingPopRequest request;

  static BZPopMax parse(ArgReader& reader) { return {BlockingPopRequest::parse(reader)}; }
  void execute(BlockingContext& ctx) const { request.execute(ctx, Side::tail); }
};

// BZMPOP timeout numkeys key [key ...] <MIN | MAX> [COUNT count]
struct BZMPop {
  static constexpr Spec<BlockingContext> spec{
      {.name = "BZMPOP",
       .arity = -5,
       .flags = Flag::write | Flag::blocking | Flag::movable_keys,
       .keys = counted_keys(2, KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data),
       .since = "7.0.0",
       .summary = "Removes and returns members of the first sorted set that exists, or waits for one.",
       .complexity = "O(K + M*log N) for K keys and M members removed",
       .syntax = "timeout:double numkeys key [key ...] <where: MIN | MAX> [COUNT count]"}};
  std::int64_t timeout_ms = 0;
  MultiplePop pop;

  static BZMPop parse(ArgReader& reader) {
    BZMPop command{.timeout_ms = parse_timeout_ms(reader.next_word())};
    command.pop = MultiplePop::parse(reader);
    return command;
  }
  void execute(BlockingContext& ctx) const {
    if (pop.run(ctx)) return;
    if (!ctx.may_wait) return ctx.reply.null_array();
    ctx.wait_for(pop.keys, store::Type::sorted_set, timeout_ms);
  }
};

}  // namespace

std::span<const Spec<BlockingContext>> blocking_commands() {
  static const std::array list{command<BZPopMin>(), command<BZPopMax>(), command<BZMPop>()};
  return list;
}

}  // namespace sluice::commands::sorted_sets
