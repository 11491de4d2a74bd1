#include "server/commands/lists/shared.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "server/base/number_text.hpp"

namespace sluice::commands::lists {

using namespace dispatch;
using store::List;
using store::PackedText;
using store::Side;

namespace {

void tell_of_pop(const DataContext& ctx, const store::Key& key, Side side, bool remains) {
  ctx.notify(EventClass::list, pop_event(side), key);
  if (!remains) ctx.notify(EventClass::generic, "del", key);
}

}  // namespace

std::size_t push_all(List& list, Side side, Words elements, const store::ListLimits& limits) {
  std::size_t text_bytes = 0;
  for (const std::string_view element : elements) {
    check_element(element);
    text_bytes += element.size();
  }
  list.expect(elements.size(), text_bytes, limits);
  std::size_t added = 0;
  try {
    for (; added < elements.size(); ++added) list.push(side, PackedText(elements[added]), limits);
  } catch (const std::bad_alloc&) {
    for (; added > 0; --added) list.pop(side);
    throw;
  }
  return list.size();
}

std::size_t push_elements(DataContext& ctx, const store::Key& key, OpenList& list, Side side, Words elements) {
  const store::ListLimits limits = list_limits(ctx);
  std::size_t size = 0;
  if (list) {
    list.edit([&](List& edited) { size = push_all(edited, side, elements, limits); });
  } else {
    List fresh;
    size = push_all(fresh, side, elements, limits);
    ctx.keyspace.add(key, std::move(fresh));
  }
  ctx.notify(EventClass::list, push_event(side), key);
  return size;
}

void take_element(DataContext& ctx, const store::Key& key, OpenList& list, Side side) {
  const bool remains = shrink_list(ctx, list, [&](List& edited) {
    reply_element(ctx.reply, edited.at_end(side));
    edited.pop(side);
  });
  tell_of_pop(ctx, key, side, remains);
}

void drop_elements(DataContext& ctx, const store::Key& key, OpenList& list, Side side, std::size_t count) {
  const std::size_t size = (*list).size();
  bool remains = false;
  // A list that goes as a whole is left to the keyspace, which may leave it to the reaper.
  if (count >= size) {
    list.erase();
  } else {
    remains = shrink_list(
        ctx, list, [&](List& edited) { edited.erase(side == Side::head ? 0 : size - count, count, list_limits(ctx)); });
  }
  tell_of_pop(ctx, key, side, remains);
}

void reply_range(protocol::ReplyWriter& reply, const store::ListView& list, std::size_t first, std::size_t count) {
  list.for_each_run(first, count, [&](const List::Run& run) {
    // A text is shorter than its entry in the chunk; an integer may be longer.
    const std::size_t bytes_max = run.chunk.byte_count() + run.count * base::integer_text_bytes_max;
    reply.bulks(run.count, bytes_max, [&](protocol::BulkRun& bulks) {
      auto element = run.first;
      for (std::size_t left = run.count; left > 0; --left) add_element(bulks, element.take());
    });
  });
}

void reply_elements(protocol::ReplyWriter& reply, const store::ListView& list, Side side, std::size_t count) {
  count = std::min(count, list.size());
  reply.array(count);
  if (side == Side::head) return reply_range(reply, list, 0, count);
  List::Walk walk(list, side);
  for (; count > 0; --count) reply_element(reply, walk.take());
}

}  // namespace sluice::commands::lists
