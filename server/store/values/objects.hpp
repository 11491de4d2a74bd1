#pragma once

#include <utility>

#include "server/store/types.hpp"
#include "server/store/values/hash.hpp"
#include "server/store/values/list.hpp"
#include "server/store/values/set.hpp"
#include "server/store/values/sorted_set.hpp"

namespace sluice::store {

// Calls visitor(object&) with the object that a large value of `type` is. Strings have none.
template <class Visitor>
decltype(auto) visit_object(Type type, void* object, const Visitor& visitor) {
  switch (type) {
    case Type::list:
      return visitor(*static_cast<List::Object*>(object));
    case Type::hash:
      return visitor(*static_cast<Hash::Object*>(object));
    case Type::set:
      return visitor(*static_cast<Set::Object*>(object));
    case Type::sorted_set:
      return visitor(*static_cast<SortedSet::Object*>(object));
    case Type::string:
    case Type::stream:
      break;
  }
  std::unreachable();
}

}  // namespace sluice::store
