#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "server/commands/sorted_sets/shared.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/arg_reader.hpp"
#include "server/store/types.hpp"

// Taking the members with the lowest or the highest scores.
namespace sluice::commands::sorted_sets {

// Replies with `count` members, at most all, from `side` of the set at `key`, without a header; removes them and tells
// of it.
void pop_members(dispatch::DataContext& ctx, const store::Key& key, OpenSortedSet& set, store::Side side,
                 std::size_t count, const MemberReply& reply);

// The command that takes from that side.
inline std::string_view pop_name(store::Side side) {
  return side == store::Side::head ? "ZPOPMIN" : "ZPOPMAX";
}

// numkeys key [key ...] <MIN | MAX> [COUNT count]
struct MultiplePop {
  std::vector<store::Key> keys;
  store::Side side = store::Side::head;
  std::int64_t count_max = 1;

  static MultiplePop parse(dispatch::ArgReader& reader);
  // Takes members of the first set that exists; false, without a reply, if there is none.
  bool run(dispatch::DataContext& ctx) const;
};

}  // namespace sluice::commands::sorted_sets
