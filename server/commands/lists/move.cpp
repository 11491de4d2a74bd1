#include "server/commands/lists/move.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <string_view>

#include "server/commands/lists/register.hpp"
#include "server/commands/lists/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Moving elements from list to list, and taking them from the first list there is.
namespace sluice::commands::lists {

using namespace dispatch;
using store::Key;
using store::List;
using store::PackedText;
using store::Side;

Side next_side(ArgReader& reader) {
  if (reader.take_keyword("LEFT")) return Side::head;
  if (reader.take_keyword("RIGHT")) return Side::tail;
  throw syntax_error();
}

namespace {

void rotate(DataContext& ctx, const ListMove& move, OpenList& list, std::string_view element) {
  list.edit([&](List& edited) {
    if (move.from == move.to) return;
    edited.push(move.to, PackedText(element), list_limits(ctx));
    edited.pop(move.from);
  });
  ctx.notify(EventClass::list, push_event(move.to), move.source);
  ctx.notify(EventClass::list, pop_event(move.from), move.source);
}

}  // namespace

bool ListMove::run(DataContext& ctx) const {
  auto from_list = open<List>(ctx, source);
  if (!from_list) return false;
  // A copy: the list that it comes from is about to change.
  const std::string element = (*from_list).at_end(from).text();
  if (source.bytes == destination.bytes) {
    rotate(ctx, *this, from_list, element);
  } else {
    const std::string_view view = element;
    auto to_list = open<List>(ctx, destination);
    push_elements(ctx, destination, to_list, to, Words(&view, 1));
    drop_elements(ctx, source, from_list, from, 1);
  }
  ctx.reply.bulk(element);
  return true;
}

ListPop ListPop::parse(ArgReader& reader) {
  ListPop pop;
  const auto key_count = reader.next_integer_between(1, INT64_MAX, "ERR numkeys should be greater than 0");
  if (static_cast<std::uint64_t>(key_count) >= reader.left()) throw syntax_error();
  for (std::int64_t number = 0; number < key_count; ++number) pop.keys.push_back(reader.next_key());
  pop.side = next_side(reader);
  if (reader.take_keyword("COUNT")) {
    pop.count_max = reader.next_integer_between(1, INT64_MAX, "ERR count should be greater than 0");
  }
  reader.finish();
  return pop;
}

bool ListPop::run(DataContext& ctx) const {
  for (const Key& key : keys) {
    auto list = open<List>(ctx, key);
    if (!list) continue;
    const std::size_t count = std::min(static_cast<std::size_t>(count_max), (*list).size());
    ctx.reply.array(2);
    ctx.reply.bulk(key.bytes);
    reply_elements(ctx.reply, *list, side, count);
    drop_elements(ctx, key, list, side, count);
    ctx.effects.instead(side == Side::head ? "LPOP" : "RPOP", key.bytes, count);
    return true;
  }
  return false;
}

namespace {

// LMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>
// The same list may be both.
struct LMove {
  static constexpr Spec<DataContext> spec{
      {.name = "LMOVE",
       .arity = 5,
       .flags = Flag::write | Flag::deny_oom | Flag::several_changes,
       .keys = {{.flags = KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data},
                {.flags = KeyFlag::read_write | KeyFlag::insert, .index = 2}},
       .since = "6.2.0",
       .summary = "Takes an element from one list, adds it to another, and returns it.",
       .complexity = "O(1)",
       .syntax = "source destination <wherefrom: LEFT | RIGHT> <whereto: LEFT | RIGHT>"}};
  ListMove move;

  static LMove parse(ArgReader& reader) {
    LMove command{.move = {.source = reader.next_key(), .destination = reader.next_key()}};
    command.move.from = next_side(reader);
    command.move.to = next_side(reader);
    return command;
  }

  void execute(DataContext& ctx) const {
    if (!move.run(ctx)) ctx.reply.null();
  }
};

// RPOPLPUSH source destination
struct RPopLPush {
  static constexpr Spec<DataContext> spec{
      {.name = "RPOPLPUSH",
       .arity = 3,
       .flags = Flag::write | Flag::deny_oom | Flag::several_changes,
       .keys = {{.flags = KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data},
                {.flags = KeyFlag::read_write | KeyFlag::insert, .index = 2}},
       .since = "1.2.0",
       .summary = "Takes the last element of one list, makes it the first of another, and returns it.",
       .complexity = "O(1)",
       .syntax = "source destination"}};
  Key source;
  Key destination;

  void execute(DataContext& ctx) const {
    if (!ListMove{.source = source, .destination = destination}.run(ctx)) ctx.reply.null();
  }
};

// LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count]
struct LMPop {
  static constexpr Spec<DataContext> spec{
      {.name = "LMPOP",
       .arity = -4,
       .flags = Flag::write | Flag::movable_keys,
       .keys = counted_keys(1, KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data),
       .since = "7.0.0",
       .summary = "Removes and returns elements of the first list that exists.",
       .complexity = "O(N+M) for N keys and M elements returned",
       .syntax = "numkeys key [key ...] <where: LEFT | RIGHT> [COUNT count]"}};
  ListPop pop;

  static LMPop parse(ArgReader& reader) { return {ListPop::parse(reader)}; }

  void execute(DataContext& ctx) const {
    if (!pop.run(ctx)) ctx.reply.null_array();
  }
};

}  // namespace

std::span<const Spec<DataContext>> move_commands() {
  static const std::array list{command<LMove>(), command<RPopLPush>(), command<LMPop>()};
  return list;
}

}  // namespace sluice::commands::lists
