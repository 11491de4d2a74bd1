#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/base/number_text.hpp"
#include "server/commands/lists/register.hpp"
#include "server/commands/lists/shared.hpp"
#include "server/commands/shared/value_range.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Lists: their ends, their lengths, and their elements by index.
namespace sluice::commands::lists {

using namespace dispatch;
using store::Key;
using store::List;
using store::PackedText;
using store::Side;

namespace {

constexpr SpecFields push_spec(std::string_view name, std::string_view since, std::string_view summary) {
  return {.name = name,
          .arity = -3,
          .flags = Flag::write | Flag::deny_oom | Flag::fast,
          .keys = one_key(KeyFlag::read_write | KeyFlag::insert),
          .since = since,
          .summary = summary,
          .complexity = "O(N) for N elements added",
          .syntax = "key element [element ...]"};
}

void reply_push(DataContext& ctx, const Key& key, Side side, Words elements) {
  auto list = open<List>(ctx, key);
  const std::size_t size = push_elements(ctx, key, list, side, elements);
  ctx.reply.integer(static_cast<std::int64_t>(size));
}

void reply_push_if_exists(DataContext& ctx, const Key& key, Side side, Words elements) {
  auto list = open<List>(ctx, key);
  const std::size_t size = list ? push_elements(ctx, key, list, side, elements) : 0;
  ctx.reply.integer(static_cast<std::int64_t>(size));
}

// LPUSH key element [element ...]
// The last element named ends up at the head.
struct LPush {
  static constexpr Spec<DataContext> spec{
      push_spec("LPUSH", "1.0.0", "Adds elements to the head of a list. Creates the key if it is absent.")};
  Key key;
  Words elements;

  void execute(DataContext& ctx) const { reply_push(ctx, key, Side::head, elements); }
};

// RPUSH key element [element ...]
struct RPush {
  static constexpr Spec<DataContext> spec{
      push_spec("RPUSH", "1.0.0", "Adds elements to the tail of a list. Creates the key if it is absent.")};
  Key key;
  Words elements;

  void execute(DataContext& ctx) const { reply_push(ctx, key, Side::tail, elements); }
};

// LPUSHX key element [element ...]
struct LPushX {
  static constexpr Spec<DataContext> spec{
      push_spec("LPUSHX", "2.2.0", "Adds elements to the head of a list that exists.")};
  Key key;
  Words elements;

  void execute(DataContext& ctx) const { reply_push_if_exists(ctx, key, Side::head, elements); }
};

// RPUSHX key element [element ...]
struct RPushX {
  static constexpr Spec<DataContext> spec{
      push_spec("RPUSHX", "2.2.0", "Adds elements to the tail of a list that exists.")};
  Key key;
  Words elements;

  void execute(DataContext& ctx) const { reply_push_if_exists(ctx, key, Side::tail, elements); }
};

constexpr SpecFields pop_spec(std::string_view name, std::string_view summary) {
  return {.name = name,
          .arity = -2,
          .flags = Flag::write | Flag::fast,
          .keys = one_key(KeyFlag::read_write | KeyFlag::access | KeyFlag::delete_data),
          .since = "1.0.0",
          .summary = summary,
          .complexity = "O(N) for N elements returned",
          .syntax = "key [count]"};
}

struct PopArguments {
  Key key;
  std::optional<std::int64_t> count;
};

PopArguments read_pop(ArgReader& reader, std::string_view command_name) {
  PopArguments arguments{.key = reader.next_key(), .count = {}};
  if (reader.left() > 1) throw wrong_arity(command_name);
  if (!reader.done()) {
    arguments.count = reader.next_integer_between(0, INT64_MAX, "ERR value is out of range, must be positive");
  }
  return arguments;
}

// With a count, the reply is an array, and a count of 0 takes nothing.
void pop(DataContext& ctx, const PopArguments& arguments, Side side) {
  auto list = open<List>(ctx, arguments.key);
  if (!list) return arguments.count ? ctx.reply.null_array() : ctx.reply.null();
  if (!arguments.count) return take_element(ctx, arguments.key, list, side);
  const auto count = static_cast<std::size_t>(*arguments.count);
  reply_elements(ctx.reply, *list, side, count);
  if (count > 0) drop_elements(ctx, arguments.key, list, side, count);
}

// LPOP key [count]
struct LPop {
  static constexpr Spec<DataContext> spec{pop_spec("LPOP", "Removes and returns elements from the head of a list.")};
  PopArguments arguments;

  static LPop parse(ArgReader& reader) { return {read_pop(reader, spec.name)}; }
  void execute(DataContext& ctx) const { pop(ctx, arguments, Side::head); }
};

// RPOP key [count]
struct RPop {
  static constexpr Spec<DataContext> spec{pop_spec("RPOP", "Removes and returns elements from the tail of a list.")};
  PopArguments arguments;

  static RPop parse(ArgReader& reader) { return {read_pop(reader, spec.name)}; }
  void execute(DataContext& ctx) const { pop(ctx, arguments, Side::tail); }
};

// LLEN key
struct LLen {
  static constexpr Spec<DataContext> spec{{.name = "LLEN",
                                           .arity = 2,
                                           .flags = Flag::readonly | Flag::fast,
                                           .keys = one_key(KeyFlag::read_only),
                                           .since = "1.0.0",
                                           .summary = "Returns how many elements a list has.",
                                           .complexity = "O(1)",
                                           .syntax = "key"}};
  Key key;

  void execute(DataContext& ctx) const {
    const auto list = read<List>(ctx, key);
    ctx.reply.integer(list ? static_cast<std::int64_t>((*list).size()) : 0);
  }
};

// The place that `word` names, negative ones counted from the tail; nothing if the list does not reach that far.
std::optional<std::size_t> find_index(const store::ListView& list, std::string_view word) {
  const auto index = base::parse_integer(word);
  if (!index) throw not_an_integer();
  const auto size = static_cast<std::int64_t>(list.size());
  if (*index < -size || *index >= size) return std::nullopt;
  return static_cast<std::size_t>(*index < 0 ? *index + size : *index);
}

// LINDEX key index
// The index is looked at only if there is a list.
struct LIndex {
  static constexpr Spec<DataContext> spec{{.name = "LINDEX",
                                           .arity = 3,
                                           .flags = Flag::readonly,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "1.0.0",
                                           .summary = "Returns an element by its index.",
                                           .complexity = "O(N) for N chunks between the index and the nearer end",
                                           .syntax = "key index"}};
  Key key;
  std::string_view index;

  void execute(DataContext& ctx) const {
    const auto list = read<List>(ctx, key);
    const std::optional<std::size_t> found = list ? find_index(*list, index) : std::nullopt;
    if (found) {
      reply_element(ctx.reply, (*list).at(*found));
    } else {
      ctx.reply.null();
    }
  }
};

// LSET key index element
struct LSet {
  static constexpr Spec<DataContext> spec{{.name = "LSET",
                                           .arity = 4,
                                           .flags = Flag::write | Flag::deny_oom,
                                           .keys = one_key(KeyFlag::read_write | KeyFlag::update),
                                           .since = "1.0.0",
                                           .summary = "Replaces the element at an index.",
                                           .complexity = "O(N) for N chunks between the index and the nearer end",
                                           .syntax = "key index element"}};
  Key key;
  std::string_view index;
  std::string_view element;

  void execute(DataContext& ctx) const {
    auto list = open<List>(ctx, key);
    if (!list) throw no_such_key();
    const std::optional<std::size_t> found = find_index(*list, index);
    if (!found) throw CommandError("ERR index out of range");
    check_element(element);
    const store::ListLimits limits = list_limits(ctx);
    list.edit([&](List& edited) {
      edited.expect(1, element.size(), limits);
      edited.set(*found, PackedText(element), limits);
      edited.repack(limits);
    });
    ctx.reply.ok();
    ctx.notify(EventClass::list, "lset", key);
  }
};

// LRANGE key start stop
struct LRange {
  static constexpr Spec<DataContext> spec{
      {.name = "LRANGE",
       .arity = 4,
       .flags = Flag::readonly,
       .keys = one_key(KeyFlag::read_only | KeyFlag::access),
       .since = "1.0.0",
       .summary = "Returns the elements from one index to another, both included.",
       .complexity = "O(S+N) for N elements returned and S chunks between them and the nearer end",
       .syntax = "key start stop"}};
  Key key;
  std::int64_t start = 0;
  std::int64_t stop = 0;

  void execute(DataContext& ctx) const {
    const auto list = read<List>(ctx, key);
    const auto [first, count] = list ? range_within((*list).size(), start, stop) : ValueRange{};
    ctx.reply.array(count);
    if (count > 0) reply_range(ctx.reply, *list, first, count);
  }
};

}  // namespace

std::span<const Spec<DataContext>> push_and_pop_commands() {
  static const std::array list{command<LPush>(), command<RPush>(), command<LPushX>(), command<RPushX>(),
                               command<LPop>(),  command<RPop>(),  command<LLen>(),   command<LIndex>(),
                               command<LSet>(),  command<LRange>()};
  return list;
}

}  // namespace sluice::commands::lists
