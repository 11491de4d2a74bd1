#pragma once

#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/store/keyspace/keyspace.hpp"

// How commands that are not of one type only look keys up.
namespace sluice::commands {

inline const store::Entry* count_lookup(dispatch::Statistics& statistics, const store::Entry* found) {
  ++(found == nullptr ? statistics.keyspace_misses : statistics.keyspace_hits);
  return found;
}

// Counts a lookup of a command that only reads, and tells of it if it found nothing.
inline const store::Entry* note_lookup(dispatch::DataContext& ctx, const store::Key& key, const store::Entry* found) {
  if (found == nullptr) ctx.notify(dispatch::EventClass::missed, "keymiss", key);
  return count_lookup(ctx.statistics, found);
}

// Lookups of commands that only read. Of all lookups, keyspace_hits and keyspace_misses of INFO count those. Null when
// there is no such key.
inline const store::Entry* find_to_read(dispatch::DataContext& ctx, const store::Key& key) {
  return note_lookup(ctx, key, ctx.keyspace.find(key));
}
// Not an access: what OBJECT IDLETIME and FREQ tell of the key stays.
inline const store::Entry* peek_to_read(dispatch::DataContext& ctx, const store::Key& key) {
  return note_lookup(ctx, key, ctx.keyspace.peek(key));
}

// `entry` as it is, null included. Throws WRONGTYPE when it holds anything but a value of `type`.
inline const store::Entry* check_type(const store::Entry* entry, store::Type type) {
  if (entry != nullptr && entry->type() != type) [[unlikely]]
    throw dispatch::wrong_type();
  return entry;
}

}  // namespace sluice::commands
