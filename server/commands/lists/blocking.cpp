#include <array>
#include <cstdint>
#include <vector>

#include "server/commands/lists/move.hpp"
#include "server/commands/lists/move_many.hpp"
#include "server/commands/lists/register.hpp"
#include "server/commands/lists/shared.hpp"
#include "server/commands/shared/timeout.hpp"
#include "server/dispatch/call/family.hpp"

// The commands on lists that wait for elements.
namespace sluice::commands::lists {

using namespace dispatch;
using store::Key;
using store::Side;

namespace {

constexpr SpecFields blocking_pop_spec(std::string_view name, std::string_view summary) {
  return {.name = name,
          .arity = -3,
          .flags = Flag::write | Flag::blocking,
          .keys = KeySpec{.flags = KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data, .last = -2},
          .since = "2.0.0",
          .summary = summary,
          .complexity = "O(N) for N keys",
          .syntax = "key [key ...] timeout:double"};
}

// The arguments of BLPOP and BRPOP.
struct BlockingPopArguments {
  std::vector<Key> keys;
  std::int64_t timeout_ms = 0;

  static BlockingPopArguments parse(ArgReader& reader) {
    BlockingPopArguments arguments;
    arguments.keys.push_back(reader.next_key());
    while (reader.left() > 1) arguments.keys.push_back(reader.key_of(reader.next_word()));
    arguments.timeout_ms = parse_timeout_ms(reader.next_word());
    return arguments;
  }

  // Takes one element of the first list that exists.
  void execute(BlockingContext& ctx, Side side) const {
    for (const Key& key : keys) {
      auto list = open<store::List>(ctx, key);
      if (!list) continue;
      ctx.reply.array(2);
      ctx.reply.bulk(key.bytes);
      take_element(ctx, key, list, side);
      return ctx.effects.instead(side == Side::head ? "LPOP" : "RPOP", key.bytes);
    }
    if (!ctx.may_wait) return ctx.reply.null_array();
    ctx.wait_for(keys, store::Type::list, timeout_ms);
  }
};

// BLPOP key [key ...] timeout
struct BLPop {
  static constexpr Spec<BlockingContext> spec{blocking_pop_spec(
      "BLPOP", "Removes and returns the first element of the first list that exists, or waits for one.")};
  BlockingPopArguments arguments;

  static BLPop parse(ArgReader& reader) { return {BlockingPopArguments::parse(reader)}; }
  void execute(BlockingContext& ctx) const { arguments.execute(ctx, Side::head); }
};

// BRPOP key [key ...] timeout
struct BRPop {
  static constexpr Spec<BlockingContext> spec{blocking_pop_spec(
      "BRPOP", "Removes and returns the last element of the first list that exists, or waits for one.")};
  BlockingPopArguments arguments;

  static BRPop parse(ArgReader& reader) { return {BlockingPopArguments::parse(reader)}; }
  void execute(BlockingContext& ctx) const { arguments.execute(ctx, Side::tail); }
};

constexpr SpecFields blocking_move_spec(std::string_view name, int arity, std::string_view since,
                                        std::string_view summary, std::string_view syntax) {
  return {.name = name,
          .arity = arity,
          .flags = Flag::write | Flag::deny_oom | Flag::blocking | Flag::several_changes,
          .keys = {{.flags = KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data},
                   {.flags = KeyFlag::read_write | KeyFlag::insert, .index = 2}},
          .since = since,
          .summary = summary,
          .complexity = "O(1)",
          .syntax = syntax};
}

// Replies with the element that was moved and returns true, or waits for one.
bool move_or_wait(BlockingContext& ctx, const ListMove& move, std::int64_t timeout_ms) {
  if (move.run(ctx)) return true;
  if (ctx.may_wait) {
    ctx.wait_for(std::span(&move.source, 1), store::Type::list, timeout_ms);
  } else {
    ctx.reply.null();
  }
  return false;
}

std::string_view name_of(Side side) {
  return side == Side::head ? "LEFT" : "RIGHT";
}

// BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout
struct BLMove {
  static constexpr Spec<BlockingContext> spec{blocking_move_spec(
      "BLMOVE", 6, "6.2.0", "Takes an element from one list, or waits for one, adds it to another, and returns it.",
      "source destination <wherefrom: LEFT | RIGHT> <whereto: LEFT | RIGHT> timeout:double")};
  ListMove move;
  std::int64_t timeout_ms = 0;

  static BLMove parse(ArgReader& reader) {
    BLMove command{.move = {.source = reader.next_key(), .destination = reader.next_key()}};
    command.move.from = next_side(reader);
    command.move.to = next_side(reader);
    command.timeout_ms = parse_timeout_ms(reader.next_word());
    return command;
  }

  void execute(BlockingContext& ctx) const {
    if (!move_or_wait(ctx, move, timeout_ms)) return;
    ctx.effects.instead("LMOVE", move.source.bytes, move.destination.bytes, name_of(move.from), name_of(move.to));
  }
};

// BRPOPLPUSH source destination timeout
struct BRPopLPush {
  static constexpr Spec<BlockingContext> spec{blocking_move_spec(
      "BRPOPLPUSH", 4, "2.2.0",
      "Takes the last element of one list, or waits for one, makes it the first of another, and returns it.",
      "source destination timeout:double")};
  ListMove move;
  std::int64_t timeout_ms = 0;

  static BRPopLPush parse(ArgReader& reader) {
    BRPopLPush command{.move = {.source = reader.next_key(), .destination = reader.next_key()}};
    command.timeout_ms = parse_timeout_ms(reader.next_word());
    return command;
  }

  void execute(BlockingContext& ctx) const {
    if (!move_or_wait(ctx, move, timeout_ms)) return;
    ctx.effects.instead("RPOPLPUSH", move.source.bytes, move.destination.bytes);
  }
};

// BLMOVEM source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout [<COUNT count | EXACTLY count> <OBO | BULK>]
// With COUNT one element is enough, with EXACTLY it waits for all.
struct BLMoveM {
  static constexpr Spec<BlockingContext> spec{
      blocking_move_spec("BLMOVEM", -6, "8.10.0",
                         "Takes elements from one list, or waits for them, adds them to another, and returns them.",
                         "source destination <wherefrom: LEFT | RIGHT> <whereto: LEFT | RIGHT> timeout:double "
                         "[amount: <number: COUNT count | EXACTLY count> <order: OBO | BULK>]")};
  ManyMove move;
  std::int64_t timeout_ms = 0;

  static BLMoveM parse(ArgReader& reader) {
    BLMoveM command{.move = ManyMove::parse_lists(reader)};
    const std::string_view timeout = reader.next_word();
    command.move.parse_count(reader);
    command.timeout_ms = parse_timeout_ms(timeout);
    return command;
  }

  void execute(BlockingContext& ctx) const {
    if (const std::size_t moved_count = move.run(ctx)) {
      return ctx.effects.instead("LMOVEM", move.source.bytes, move.destination.bytes, name_of(move.from),
                                 name_of(move.to), "EXACTLY", moved_count,
                                 move.order == MoveOrder::as_block ? "BULK" : "OBO");
    }
    if (!ctx.may_wait) return ctx.reply.null_array();
    ctx.wait_for(std::span(&move.source, 1), store::Type::list, timeout_ms);
  }
};

// BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]
struct BLMPop {
  static constexpr Spec<BlockingContext> spec{
      {.name = "BLMPOP",
       .arity = -5,
       .flags = Flag::write | Flag::blocking | Flag::movable_keys,
       .keys = counted_keys(2, KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data),
       .since = "7.0.0",
       .summary = "Removes and returns elements of the first list that exists, or waits for some.",
       .complexity = "O(N+M) for N keys and M elements returned",
       .syntax = "timeout:double numkeys key [key ...] <where: LEFT | RIGHT> [COUNT count]"}};
  ListPop pop;
  std::int64_t timeout_ms = 0;

  // The timeout comes first and is read last: whatever else is wrong is told before.
  static BLMPop parse(ArgReader& reader) {
    const std::string_view timeout = reader.next_word();
    BLMPop command{.pop = ListPop::parse(reader)};
    command.timeout_ms = parse_timeout_ms(timeout);
    return command;
  }

  void execute(BlockingContext& ctx) const {
    if (pop.run(ctx)) return;
    if (!ctx.may_wait) return ctx.reply.null_array();
    ctx.wait_for(pop.keys, store::Type::list, timeout_ms);
  }
};

}  // namespace

std::span<const Spec<BlockingContext>> blocking_commands() {
  static const std::array list{command<BLPop>(),      command<BRPop>(),   command<BLMove>(),
                               command<BRPopLPush>(), command<BLMoveM>(), command<BLMPop>()};
  return list;
}

}  // namespace sluice::commands::lists
