#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/commands/shared/elements.hpp"
#include "server/commands/shared/key_lookup.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/store/keyspace/keyspace.hpp"
#include "server/store/values/list.hpp"

// What the commands on lists share.
namespace sluice::commands::lists {

inline store::ListLimits list_limits(const dispatch::DataContext& ctx) {
  return store::ListLimits::of(ctx.settings.list_max_listpack_size);
}

using OpenList = Typed<store::List>;

// Lets `change(List&)` remove something from a list, which may end up packed again. Returns whether the key is still
// there: it goes with the last element.
template <class Change>
bool shrink_list(dispatch::DataContext& ctx, OpenList& list, const Change& change) {
  return list.edit([&](store::List& edited) {
    change(edited);
    edited.repack(list_limits(ctx));
  });
}

// The event that tells of an element added or taken at a side.
inline std::string_view push_event(store::Side side) {
  return side == store::Side::head ? "lpush" : "rpush";
}
inline std::string_view pop_event(store::Side side) {
  return side == store::Side::head ? "lpop" : "rpop";
}

// Adds `elements` one after the other at `side`. Returns how many elements the list has then. Throws before the first
// is added if it cannot hold one of them, and with none of them added if there is no memory for all.
std::size_t push_all(store::List& list, store::Side side, dispatch::Words elements, const store::ListLimits& limits);

// Adds `elements` one after the other at `side` of the list at `key`, or of a new one; tells of it. Returns how many
// elements the list has then.
std::size_t push_elements(dispatch::DataContext& ctx, const store::Key& key, OpenList& list, store::Side side,
                          dispatch::Words elements);

// Replies with the element at `side` of the list at `key`, removes it and tells of it.
void take_element(dispatch::DataContext& ctx, const store::Key& key, OpenList& list, store::Side side);

// Removes `count` elements, at most all, from `side` of the list at `key` and tells of it.
void drop_elements(dispatch::DataContext& ctx, const store::Key& key, OpenList& list, store::Side side,
                   std::size_t count);

// Replies with the first `count` elements, at most all, seen from `side`, as an array.
void reply_elements(protocol::ReplyWriter& reply, const store::ListView& list, store::Side side, std::size_t count);

// Replies with `count` elements from `first` on, which must exist, without the array's header.
void reply_range(protocol::ReplyWriter& reply, const store::ListView& list, std::size_t first, std::size_t count);

// Throws unless a list can hold the text.
inline void check_element(std::string_view element) {
  if (element.size() > store::PackedText::text_bytes_max) [[unlikely]]
    throw dispatch::CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
}

}  // namespace sluice::commands::lists
