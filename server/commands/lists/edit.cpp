#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "server/commands/lists/register.hpp"
#include "server/commands/lists/shared.hpp"
#include "server/commands/shared/value_range.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Changing lists in their middle.
namespace sluice::commands::lists {

using namespace dispatch;
using store::Key;
using store::List;
using store::PackedText;
using store::Side;

namespace {

// LREM key count element
// A negative count removes from the tail on; 0 removes all.
struct LRem {
  static constexpr Spec<DataContext> spec{{.name = "LREM",
                                           .arity = 4,
                                           .flags = Flag::write,
                                           .keys = one_key(KeyFlag::read_write | KeyFlag::delete_data),
                                           .since = "1.0.0",
                                           .summary = "Removes the elements that equal a value, from either side.",
                                           .complexity = "O(N) for N elements in the list",
                                           .syntax = "key count element"}};
  Key key;
  std::int64_t count = 0;
  std::string_view element;

  void execute(DataContext& ctx) const {
    auto list = open<List>(ctx, key);
    const PackedText text(element);
    const Side from = count < 0 ? Side::tail : Side::head;
    std::size_t removed = 0;
    if (list && contains(*list, text)) {
      const bool remains = shrink_list(
          ctx, list, [&](List& edited) { removed = edited.remove(text, count_max(), from, list_limits(ctx)); });
      ctx.notify(EventClass::list, "lrem", key);
      if (!remains) ctx.notify(EventClass::generic, "del", key);
    }
    ctx.reply.integer(static_cast<std::int64_t>(removed));
  }

 private:
  std::size_t count_max() const {
    if (count == 0) return std::numeric_limits<std::size_t>::max();
    const auto magnitude = static_cast<std::uint64_t>(count);
    return count < 0 ? 0 - magnitude : magnitude;
  }

  // A list without a match must not count as changed.
  static bool contains(const store::ListView& list, const PackedText& text) {
    for (List::Walk walk(list, Side::head); !walk.done();) {
      if (text == walk.take()) return true;
    }
    return false;
  }
};

// LTRIM key start stop
struct LTrim {
  static constexpr Spec<DataContext> spec{
      {.name = "LTRIM",
       .arity = 4,
       .flags = Flag::write,
       .keys = one_key(KeyFlag::read_write | KeyFlag::delete_data),
       .since = "1.0.0",
       .summary = "Removes all elements but those from one index to another, both included.",
       .complexity = "O(N) for N chunks removed",
       .syntax = "key start stop"}};
  Key key;
  std::int64_t start = 0;
  std::int64_t stop = 0;

  // A list that stays as it is counts as changed for those who watch it, but is not repeated: so it is in Redis.
  void execute(DataContext& ctx) const {
    auto list = open<List>(ctx, key);
    if (list) {
      const std::size_t size = (*list).size();
      const ValueRange kept = range_within(size, start, stop);
      if (kept.count == 0) {
        list.erase();
      } else {
        shrink_list(ctx, list, [&](List& edited) { edited.erase_outside(kept.first, kept.count, list_limits(ctx)); });
      }
      if (kept.count == size) ctx.effects.nothing();
      ctx.notify(EventClass::list, "ltrim", key);
      if (kept.count == 0) ctx.notify(EventClass::generic, "del", key);
    }
    ctx.reply.ok();
  }
};

// LINSERT key <BEFORE | AFTER> pivot element
struct LInsert {
  static constexpr Spec<DataContext> spec{
      {.name = "LINSERT",
       .arity = 5,
       .flags = Flag::write | Flag::deny_oom,
       .keys = one_key(KeyFlag::read_write | KeyFlag::insert),
       .since = "2.2.0",
       .summary = "Adds an element before or after the first one that equals a value.",
       .complexity = "O(N) for N elements from the head to the place",
       .syntax = "key <where: BEFORE | AFTER> pivot element"}};
  Key key;
  bool goes_after = false;
  std::string_view pivot;
  std::string_view element;

  static LInsert parse(ArgReader& reader) {
    LInsert insert{.key = reader.next_key()};
    insert.goes_after = reader.take_keyword("AFTER");
    if (!insert.goes_after && !reader.take_keyword("BEFORE")) throw syntax_error();
    insert.pivot = reader.next_word();
    insert.element = reader.next_word();
    return insert;
  }

  void execute(DataContext& ctx) const {
    auto list = open<List>(ctx, key);
    if (!list) return ctx.reply.integer(0);
    const std::optional<std::size_t> found = find_pivot(*list);
    if (!found) return ctx.reply.integer(-1);
    check_element(element);
    const store::ListLimits limits = list_limits(ctx);
    const std::size_t size = (*list).size() + 1;
    list.edit([&](List& edited) {
      edited.expect(1, element.size(), limits);
      edited.insert(*found + (goes_after ? 1 : 0), PackedText(element), limits);
    });
    ctx.notify(EventClass::list, "linsert", key);
    ctx.reply.integer(static_cast<std::int64_t>(size));
  }

 private:
  std::optional<std::size_t> find_pivot(const store::ListView& list) const {
    const PackedText text(pivot);
    std::size_t index = 0;
    for (List::Walk walk(list, Side::head); !walk.done(); ++index) {
      if (text == walk.take()) return index;
    }
    return std::nullopt;
  }
};

}  // namespace

std::span<const Spec<DataContext>> edit_commands() {
  static const std::array list{command<LRem>(), command<LTrim>(), command<LInsert>()};
  return list;
}

}  // namespace sluice::commands::lists
