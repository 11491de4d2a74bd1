#include "server/commands/lists/move_many.hpp"

#include <algorithm>
#include <array>
#include <new>

#include "server/base/number_text.hpp"
#include "server/commands/lists/move.hpp"
#include "server/commands/lists/register.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::lists {

using namespace dispatch;
using store::List;
using store::Side;

ManyMove ManyMove::parse_lists(ArgReader& reader) {
  ManyMove move{.source = reader.next_key(), .destination = reader.next_key()};
  move.from = next_side(reader);
  move.to = next_side(reader);
  return move;
}

void ManyMove::parse_count(ArgReader& reader) {
  if (reader.done()) return;
  needs_all = reader.take_keyword("EXACTLY");
  if (!needs_all && !reader.take_keyword("COUNT")) throw syntax_error();
  const std::string_view word = reader.next_word();
  const auto wanted = base::parse_integer(word);
  if (!wanted || *wanted < 1) throw CommandError("ERR count should be greater than 0");
  count = static_cast<std::size_t>(*wanted);
  if (reader.take_keyword("BULK")) {
    order = MoveOrder::as_block;
  } else if (!reader.take_keyword("OBO")) {
    throw syntax_error();
  }
  reader.finish();
}

// In the order in which they will stand in the destination.
std::vector<std::string> ManyMove::elements_to_move(const store::ListView& list, std::size_t moved_count) const {
  std::vector<std::string> elements;
  elements.reserve(moved_count);
  List::Walk walk(list, from);
  for (std::size_t number = 0; number < moved_count; ++number) elements.push_back(walk.take().text());
  // They were taken from the outermost on. One by one, the last to be moved ends up outermost.
  const bool is_reversed = order == MoveOrder::as_block ? from == Side::tail : to == Side::head;
  if (is_reversed) std::ranges::reverse(elements);
  return elements;
}

void ManyMove::move_within(DataContext& ctx, OpenList& list, Words pushes) const {
  const std::size_t size = (*list).size();
  const std::size_t first = (from == Side::head ? 0 : size - pushes.size()) + (to == Side::head ? pushes.size() : 0);
  const store::ListLimits limits = list_limits(ctx);
  list.edit([&](List& edited) {
    push_all(edited, to, pushes, limits);
    edited.erase(first, pushes.size(), limits);
    edited.repack(limits);
  });
  ctx.notify(EventClass::list, pop_event(from), source);
  ctx.notify(EventClass::list, push_event(to), source);
}

void ManyMove::move_across(DataContext& ctx, OpenList& from_list, Words pushes) const {
  auto to_list = open<List>(ctx, destination);
  push_elements(ctx, destination, to_list, to, pushes);
  drop_elements(ctx, source, from_list, from, pushes.size());
}

std::size_t ManyMove::run(DataContext& ctx) const {
  auto list = open<List>(ctx, source);
  if (!list || (needs_all && (*list).size() < count)) return 0;
  // Copies: the list that they come from is about to change.
  const std::vector<std::string> elements = elements_to_move(*list, std::min(count, (*list).size()));
  std::vector<std::string_view> pushes(elements.begin(), elements.end());
  if (to == Side::head) std::ranges::reverse(pushes);
  source.bytes == destination.bytes ? move_within(ctx, list, pushes) : move_across(ctx, list, pushes);
  ctx.reply.array(elements.size());
  for (const std::string& element : elements) ctx.reply.bulk(element);
  return elements.size();
}

namespace {

// LMOVEM source destination <LEFT | RIGHT> <LEFT | RIGHT> [<COUNT count | EXACTLY count> <OBO | BULK>]
// The same list may be both.
struct LMoveM {
  static constexpr Spec<DataContext> spec{
      {.name = "LMOVEM",
       .arity = -5,
       .flags = Flag::write | Flag::deny_oom | Flag::several_changes,
       .keys = {{.flags = KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data},
                {.flags = KeyFlag::read_write | KeyFlag::insert, .index = 2}},
       .since = "8.10.0",
       .summary = "Takes elements from one list, adds them to another, and returns them.",
       .complexity = "O(N) for N elements moved",
       .syntax = "source destination <wherefrom: LEFT | RIGHT> <whereto: LEFT | RIGHT> "
                 "[amount: <number: COUNT count | EXACTLY count> <order: OBO | BULK>]"}};
  ManyMove move;

  static LMoveM parse(ArgReader& reader) {
    LMoveM command{ManyMove::parse_lists(reader)};
    command.move.parse_count(reader);
    return command;
  }

  void execute(DataContext& ctx) const {
    if (move.run(ctx) == 0) ctx.reply.null_array();
  }
};

}  // namespace

std::span<const Spec<DataContext>> move_many_commands() {
  static const std::array list{command<LMoveM>()};
  return list;
}

}  // namespace sluice::commands::lists
