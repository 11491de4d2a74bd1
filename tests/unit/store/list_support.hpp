#pragma once

#include <optional>

#include "server/store/keyspace/entry.hpp"
#include "server/store/values/list.hpp"

namespace sluice::store::tests {

// Puts `list` into an entry and takes it out again.
inline List through_entry(OwnedEntry entry) {
  if (entry->is_inline()) return List(PackedForm::listpack, copy_packed(entry->packed().bytes()));
  List list = entry->take_outside<List>();
  List nothing;
  entry->put_outside(nothing);
  return list;
}

// A copy, as COPY makes one; `list` goes through an entry, too.
inline List clone_of(List& list) {
  const OwnedEntry original = Entry::create_with("key", list, std::nullopt);
  List copy = through_entry(Entry::clone(*original, "copy"));
  if (original->is_inline()) return copy;
  list = original->take_outside<List>();
  List nothing;
  original->put_outside(nothing);
  return copy;
}

}  // namespace sluice::store::tests
