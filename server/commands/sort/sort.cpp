#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/text.hpp"
#include "server/commands/shared/key_lookup.hpp"
#include "server/commands/shared/store_result.hpp"
#include "server/commands/sort/lookup.hpp"
#include "server/commands/sort/register.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/dispatch/requests/key_finder.hpp"
#include "server/store/values/list.hpp"
#include "server/store/values/set.hpp"
#include "server/store/values/sorted_set.hpp"

// The elements of lists, sets and sorted sets in order.
namespace sluice::commands::sort {

using namespace dispatch;
using store::Key;
using store::List;
using store::PackedElement;
using store::Side;
using store::Type;

namespace {

// An element and what it is compared by.
struct Item {
  std::string element;
  double number = 0;
  std::optional<std::string> text;  // with ALPHA; null if BY found none
};

// key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA] [STORE destination]
struct SortRequest {
  Key key;
  std::optional<std::string_view> by;
  std::int64_t offset = 0;
  std::int64_t count = -1;
  std::vector<std::string_view> gets;
  bool is_descending = false;
  bool is_alphabetic = false;
  std::optional<Key> destination;

  static SortRequest parse(ArgReader& reader, bool may_store) {
    SortRequest request{.key = reader.next_key()};
    while (!reader.done()) {
      if (!request.take_order(reader) && !request.take_other(reader, may_store)) throw syntax_error();
    }
    return request;
  }

  // A pattern without '*' is the same for all: the elements keep their order.
  bool keeps_order() const { return by && by->find('*') == std::string_view::npos; }

 private:
  bool take_order(ArgReader& reader) {
    if (reader.take_keyword("ASC")) {
      is_descending = false;
    } else if (reader.take_keyword("DESC")) {
      is_descending = true;
    } else if (reader.take_keyword("ALPHA")) {
      is_alphabetic = true;
    } else {
      return false;
    }
    return true;
  }

  bool take_other(ArgReader& reader, bool may_store) {
    const bool has_argument = reader.left() > 1;
    if (reader.left() > 2 && reader.take_keyword("LIMIT")) {
      offset = reader.next_integer();
      count = reader.next_integer();
    } else if (has_argument && reader.take_keyword("BY")) {
      by = reader.next_word();
    } else if (has_argument && reader.take_keyword("GET")) {
      gets.push_back(reader.next_word());
    } else if (may_store && has_argument && reader.take_keyword("STORE")) {
      destination = reader.key_of(reader.next_word());
    } else {
      return false;
    }
    return true;
  }
};

template <class Visit>
void for_each_element(const store::Keyspace::Found& found, bool is_reversed, const Visit& visit) {
  const Side from = is_reversed ? Side::tail : Side::head;
  if (found->type() == Type::list) {
    for (List::Walk walk(found.view<List>(), from); !walk.done();) visit(walk.take());
  } else if (found->type() == Type::set) {
    found.view<store::Set>().for_each(visit);
  } else {
    const auto set = found.view<store::SortedSet>();
    for (store::SortedSetView::Walk walk(set, from); !walk.done();) {
      visit(walk.take().member);
    }
  }
}

// The elements of the value at the key, in the order in which they lie. DESC reverses the order that is kept, but not
// that of a set.
std::vector<Item> read_items(DataContext& ctx, const SortRequest& request, bool keeps_order) {
  const auto found = find_to_read(ctx, request.key);
  std::vector<Item> items;
  if (!found) return items;
  if (found->type() != Type::list && found->type() != Type::set && found->type() != Type::sorted_set) {
    throw wrong_type();
  }
  for_each_element(found, keeps_order && request.is_descending,
                   [&](const PackedElement& element) { items.push_back({.element = element.text()}); });
  return items;
}

double number_of(const std::string& text) {
  char* end = nullptr;
  errno = 0;
  const double number = std::strtod(text.c_str(), &end);
  if (*end != '\0' || errno == ERANGE || std::isnan(number)) {
    throw CommandError("ERR One or more scores can't be converted into double");
  }
  return number;
}

// A value that BY does not find counts as 0, and comes first with ALPHA.
void find_weights(DataContext& ctx, std::optional<std::string_view> by, bool is_alphabetic, std::vector<Item>& items) {
  for (Item& item : items) {
    std::optional<std::string> weight = by ? look_up(ctx, *by, item.element) : std::optional(item.element);
    if (is_alphabetic) {
      item.text = std::move(weight);
    } else if (weight) {
      item.number = number_of(*weight);
    }
  }
}

// Elements of the same number are in the order of their bytes; those of the same text are equal, and keep their order.
std::strong_ordering compare(const Item& left, const Item& right, bool is_alphabetic) {
  if (is_alphabetic) return left.text <=> right.text;
  if (left.number != right.number) {
    return left.number < right.number ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return left.element <=> right.element;
}

void put_in_order(const SortRequest& request, bool is_alphabetic, std::vector<Item>& items) {
  std::ranges::stable_sort(items, [&](const Item& left, const Item& right) {
    const auto order = compare(left, right, is_alphabetic);
    return request.is_descending ? order > 0 : order < 0;
  });
}

std::span<const Item> within_limit(const SortRequest& request, const std::vector<Item>& items) {
  const auto first = std::min(static_cast<std::size_t>(std::max<std::int64_t>(request.offset, 0)), items.size());
  std::size_t left = items.size() - first;
  if (request.count >= 0) left = std::min(left, static_cast<std::size_t>(request.count));
  return std::span(items).subspan(first, left);
}

std::vector<Item> sorted_items(DataContext& ctx, const SortRequest& request) {
  const bool keeps_order = request.keeps_order();
  std::vector<Item> items = read_items(ctx, request, keeps_order);
  // A set has no order to keep: a list that is stored has the order of the bytes.
  const auto found = ctx.keyspace.peek(request.key);
  const bool orders_set = keeps_order && request.destination && found && found->type() == Type::set;
  if (keeps_order && !orders_set) return items;
  const bool is_alphabetic = request.is_alphabetic || orders_set;
  find_weights(ctx, orders_set ? std::nullopt : request.by, is_alphabetic, items);
  put_in_order(request, is_alphabetic, items);
  return items;
}

void reply_items(DataContext& ctx, const SortRequest& request) {
  const std::vector<Item> items = sorted_items(ctx, request);
  const std::span<const Item> chosen = within_limit(request, items);
  ctx.reply.array(chosen.size() * std::max<std::size_t>(request.gets.size(), 1));
  for (const Item& item : chosen) {
    if (request.gets.empty()) ctx.reply.bulk(item.element);
    for (const std::string_view pattern : request.gets) {
      const auto value = look_up(ctx, pattern, item.element);
      value ? ctx.reply.bulk(*value) : ctx.reply.null();
    }
  }
}

// A value that GET does not find is stored as an empty one.
List make_list(DataContext& ctx, const SortRequest& request, std::span<const Item> chosen) {
  const auto limits = store::ListLimits::of(ctx.settings.list_max_listpack_size);
  List list;
  const auto push = [&](std::string_view text) {
    list.expect(1, text.size(), limits);
    list.push(Side::tail, store::PackedText(text), limits);
  };
  for (const Item& item : chosen) {
    if (request.gets.empty()) push(item.element);
    for (const std::string_view pattern : request.gets) push(look_up(ctx, pattern, item.element).value_or(""));
  }
  return list;
}

void store_items(DataContext& ctx, const SortRequest& request) {
  const std::vector<Item> items = sorted_items(ctx, request);
  List list = make_list(ctx, request, within_limit(request, items));
  store_result(ctx, *request.destination, std::move(list), EventClass::list, "sortstore");
}

// The key that is sorted, and the destination: the last STORE counts. Keys of BY and GET are not told, as in Redis.
KeyScan visit_sort_keys(Words request, const KeyVisitor& visit) {
  visit({1, KeyFlag::read_only | KeyFlag::access});
  std::size_t destination = 0;
  for (std::size_t at = 2; at < request.size(); ++at) {
    if (base::equals_ignoring_case(request[at], "LIMIT")) {
      at += 2;
    } else if (base::equals_ignoring_case(request[at], "GET") || base::equals_ignoring_case(request[at], "BY")) {
      ++at;
    } else if (base::equals_ignoring_case(request[at], "STORE") && at + 1 < request.size()) {
      destination = ++at;
    }
  }
  if (destination != 0) visit({destination, KeyFlag::overwrite | KeyFlag::update});
  return KeyScan::found;
}

KeyScan visit_sort_ro_keys(Words, const KeyVisitor& visit) {
  visit({1, KeyFlag::read_only | KeyFlag::access});
  return KeyScan::found;
}

// SORT key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA] [STORE destination]
struct Sort {
  static constexpr Spec<DataContext> spec{
      {.name = "SORT",
       .arity = -2,
       .flags = Flag::write | Flag::deny_oom | Flag::movable_keys,
       .keys = {{.flags = KeyFlag::read_only | KeyFlag::access},
                unknown_keys(KeyFlag::read_only | KeyFlag::access),
                unknown_keys(KeyFlag::overwrite | KeyFlag::update)},
       .since = "1.0.0",
       .summary = "Returns or stores the elements of a list, a set or a sorted set in order.",
       .complexity = "O(N + M*log(M)) for N elements of which M are returned",
       .syntax = "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [order: ASC | DESC] [sorting: "
                 "ALPHA] [STORE destination]",
       .visit_keys = visit_sort_keys}};
  SortRequest request;

  static Sort parse(ArgReader& reader) { return {SortRequest::parse(reader, true)}; }
  void execute(DataContext& ctx) const { request.destination ? store_items(ctx, request) : reply_items(ctx, request); }
};

// SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]
struct SortRo {
  static constexpr Spec<DataContext> spec{
      {.name = "SORT_RO",
       .arity = -2,
       .flags = Flag::readonly | Flag::movable_keys,
       .keys = {{.flags = KeyFlag::read_only | KeyFlag::access}, unknown_keys(KeyFlag::read_only | KeyFlag::access)},
       .since = "7.0.0",
       .summary = "Returns the elements of a list, a set or a sorted set in order.",
       .complexity = "O(N + M*log(M)) for N elements of which M are returned",
       .syntax = "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [order: ASC | DESC] [sorting: "
                 "ALPHA]",
       .visit_keys = visit_sort_ro_keys}};
  SortRequest request;

  static SortRo parse(ArgReader& reader) { return {SortRequest::parse(reader, false)}; }
  void execute(DataContext& ctx) const { reply_items(ctx, request); }
};

}  // namespace

std::span<const Spec<DataContext>> sort_commands() {
  static const std::array list{command<Sort>(), command<SortRo>()};
  return list;
}

}  // namespace sluice::commands::sort
