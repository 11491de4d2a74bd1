#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/commands/lists/shared.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/arg_reader.hpp"
#include "server/store/types.hpp"

// Moving several elements from list to list, which LMOVEM shares with BLMOVEM, which waits for them.
namespace sluice::commands::lists {

// How the elements stand in the destination: as if moved one after the other, or in the order that they had.
enum class MoveOrder : std::uint8_t { one_by_one, as_block };

// From one side of one list to one side of another, or of the same.
struct ManyMove {
  store::Key source;
  store::Key destination;
  store::Side from = store::Side::tail;
  store::Side to = store::Side::head;
  std::size_t count = 1;
  bool needs_all = false;  // `count` elements or none
  MoveOrder order = MoveOrder::one_by_one;

  // source destination <LEFT | RIGHT> <LEFT | RIGHT>
  static ManyMove parse_lists(dispatch::ArgReader& reader);
  // [<COUNT count | EXACTLY count> <OBO | BULK>], to the end
  void parse_count(dispatch::ArgReader& reader);

  // Moves the elements, creating the destination if it is absent, and replies with them as they stand there; returns
  // how many there were. 0, without a reply, if the source is absent or has too few.
  std::size_t run(dispatch::DataContext& ctx) const;

 private:
  std::vector<std::string> elements_to_move(const store::ListView& list, std::size_t moved_count) const;
  void move_within(dispatch::DataContext& ctx, OpenList& list, dispatch::Words pushes) const;
  void move_across(dispatch::DataContext& ctx, OpenList& from_list, dispatch::Words pushes) const;
};

}  // namespace sluice::commands::lists
