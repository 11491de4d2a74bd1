#pragma once

#include "server/dispatch/contexts.hpp"
#include "server/store/keyspace.hpp"

// How commands that are not of one type only look keys up.
namespace sluice::commands {

inline const store::Entry* count_lookup(dispatch::Statistics& statistics, const store::Entry* found) {
  ++(found == nullptr ? statistics.keyspace_misses : statistics.keyspace_hits);
  return found;
}

// Lookups of commands that only read. Of all lookups, keyspace_hits and keyspace_misses of INFO count those. Null when
// there is no such key.
inline const store::Entry* find_to_read(dispatch::DataContext& ctx, const store::Key& key) {
  return count_lookup(ctx.statistics, ctx.keyspace.find(key));
}
// Not an access: what OBJECT IDLETIME and FREQ tell of the key stays.
inline const store::Entry* peek_to_read(dispatch::DataContext& ctx, const store::Key& key) {
  return count_lookup(ctx.statistics, ctx.keyspace.peek(key));
}

}  // namespace sluice::commands
