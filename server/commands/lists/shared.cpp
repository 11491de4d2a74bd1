#include "server/commands/lists/shared.hpp"

#include <algorithm>
#include <utility>

#include "server/base/number_text.hpp"

namespace sluice::commands::lists {

using namespace dispatch;
using store::List;
using store::PackedElement;
using store::PackedText;
using store::Side;

namespace {

void tell_of_pop(const DataContext& ctx, const store::Key& key, Side side, bool remains) {
  ctx.notify(EventClass::list, pop_event(side), key);
  if (!remains) ctx.notify(EventClass::generic, "del", key);
}

// Returns how many elements the list has then. Throws before the first is added if it cannot hold one of them.
std::size_t push_all(List& list, Side side, Words elements, const store::ListLimits& limits) {
  std::size_t text_bytes = 0;
  for (const std::string_view element : elements) {
    check_element(element);
    text_bytes += element.size();
  }
  list.expect(elements.size(), text_bytes, limits);
  for (const std::string_view element : elements) list.push(side, PackedText(element), limits);
  return list.size();
}

void add_element(protocol::BulkRun& bulks, PackedElement element) {
  if (element.is_integer()) {
    bulks.add_integer(element.integer());
  } else {
    bulks.add(element.bytes());
  }
}

}  // namespace

std::size_t push_elements(DataContext& ctx, const store::Key& key, const store::Entry* entry, Side side,
                          Words elements) {
  const store::ListLimits limits = list_limits(ctx);
  std::size_t size = 0;
  if (entry == nullptr) {
    List list;
    size = push_all(list, side, elements, limits);
    ctx.keyspace.add(key, std::move(list));
  } else {
    ctx.keyspace.edit<List>(key, *entry, [&](List& list) { size = push_all(list, side, elements, limits); });
  }
  ctx.notify(EventClass::list, push_event(side), key);
  return size;
}

void take_element(DataContext& ctx, const store::Key& key, const store::Entry& entry, Side side) {
  const bool remains = shrink_list(ctx, key, entry, [&](List& list) {
    reply_element(ctx.reply, list.at_end(side));
    list.pop(side);
  });
  tell_of_pop(ctx, key, side, remains);
}

void drop_elements(DataContext& ctx, const store::Key& key, const store::Entry& entry, Side side, std::size_t count) {
  const std::size_t size = entry.as<List>().size();
  bool remains = false;
  // A list that goes as a whole is left to the keyspace, which may leave it to the reaper.
  if (count >= size) {
    ctx.keyspace.erase(key);
  } else {
    remains = shrink_list(ctx, key, entry, [&](List& list) {
      list.erase(side == Side::head ? 0 : size - count, count, list_limits(ctx));
    });
  }
  tell_of_pop(ctx, key, side, remains);
}

void reply_range(protocol::ReplyWriter& reply, const List& list, std::size_t first, std::size_t count) {
  list.for_each_run(first, count, [&](const List::Run& run) {
    // A text is shorter than its entry in the chunk; an integer may be longer.
    const std::size_t bytes_max = run.chunk.byte_count() + run.count * base::integer_text_bytes_max;
    reply.bulks(run.count, bytes_max, [&](protocol::BulkRun& bulks) {
      auto element = run.first;
      for (std::size_t left = run.count; left > 0; --left) add_element(bulks, element.take());
    });
  });
}

void reply_elements(protocol::ReplyWriter& reply, const List& list, Side side, std::size_t count) {
  count = std::min(count, list.size());
  reply.array(count);
  if (side == Side::head) return reply_range(reply, list, 0, count);
  List::Walk walk(list, side);
  for (; count > 0; --count) reply_element(reply, walk.take());
}

}  // namespace sluice::commands::lists
