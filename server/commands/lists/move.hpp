#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/dispatch/call/contexts.hpp"
#include "server/store/types.hpp"

// What the commands that take elements from lists share with those that wait for them.
namespace sluice::commands::lists {

// The next word as a side: LEFT or RIGHT, in any case.
store::Side next_side(dispatch::ArgReader& reader);

// From one side of one list to one side of another, or of the same.
struct ListMove {
  store::Key source;
  store::Key destination;
  store::Side from = store::Side::tail;
  store::Side to = store::Side::head;

  // Moves an element, creating the destination if it is absent, and replies with it. False, without a reply, if there
  // is no source.
  bool run(dispatch::DataContext& ctx) const;
};

// From one side of the first list that exists.
struct ListPop {
  std::vector<store::Key> keys;
  store::Side side = store::Side::head;
  std::int64_t count_max = 1;

  // Reads "numkeys key [key ...] <LEFT | RIGHT> [COUNT count]", to the end.
  static ListPop parse(dispatch::ArgReader& reader);
  // Removes the elements, and replies with the key and them. False, without a reply, if no list exists.
  bool run(dispatch::DataContext& ctx) const;
};

}  // namespace sluice::commands::lists
