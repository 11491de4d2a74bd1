#include "server/commands/list_value.hpp"

#include <algorithm>
#include <utility>

namespace sluice::commands {

using namespace dispatch;
using store::List;
using store::PackedElement;
using store::PackedText;
using store::Side;

void check_element(std::string_view element) {
  if (element.size() > PackedText::text_bytes_max) {
    throw CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  }
}

std::size_t push_elements(DataContext& ctx, const store::Key& key, const store::Entry* entry, Side side,
                          Words elements) {
  const store::ListLimits limits = list_limits(ctx);
  std::size_t text_bytes = 0;
  for (const std::string_view element : elements) {
    check_element(element);
    text_bytes += element.size();
  }
  std::size_t size = 0;
  const auto push_all = [&](List& list) {
    list.expect(elements.size(), text_bytes, limits);
    for (const std::string_view element : elements) list.push(side, PackedText(element), limits);
    size = list.size();
  };
  if (entry == nullptr) {
    List list;
    push_all(list);
    ctx.keyspace.add(key, std::move(list));
  } else {
    ctx.keyspace.edit<List>(key, *entry, push_all);
  }
  ctx.notify(EventClass::list, push_event(side), key);
  return size;
}

void drop_elements(DataContext& ctx, const store::Key& key, const store::Entry& entry, Side side, std::size_t count) {
  const std::size_t size = entry.as<List>().size();
  bool remains = false;
  // A list that goes as a whole is left to the keyspace, which may leave it to the reaper.
  if (count >= size) {
    ctx.keyspace.erase(key);
  } else {
    remains = shrink_list(ctx, key, entry, [&](List& list) {
      if (count == 1) return list.pop(side);
      list.erase(side == Side::head ? 0 : size - count, count, list_limits(ctx));
    });
  }
  ctx.notify(EventClass::list, pop_event(side), key);
  if (!remains) ctx.notify(EventClass::generic, "del", key);
}

void reply_elements(protocol::ReplyWriter& reply, const List& list, Side side, std::size_t count) {
  count = std::min(count, list.size());
  reply.array(count);
  if (side == Side::head) {
    list.for_each(0, count, [&](PackedElement element) { reply_element(reply, element); });
    return;
  }
  List::Walk walk(list, side);
  for (; count > 0; --count) reply_element(reply, walk.take());
}

}  // namespace sluice::commands
