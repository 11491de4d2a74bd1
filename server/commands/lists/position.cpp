#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "server/commands/lists/register.hpp"
#include "server/commands/lists/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Where elements are in lists.
namespace sluice::commands::lists {

using namespace dispatch;
using store::Key;
using store::List;
using store::PackedText;
using store::Side;

namespace {

// LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]
// A negative rank searches from the tail on; indexes count from the head all the same. COUNT and MAXLEN of 0 are no
// limits.
struct LPos {
  static constexpr Spec<DataContext> spec{{.name = "LPOS",
                                           .arity = -3,
                                           .flags = Flag::readonly,
                                           .keys = one_key(KeyFlag::read_only | KeyFlag::access),
                                           .since = "6.0.6",
                                           .summary = "Returns the indexes of the elements that equal a value.",
                                           .complexity = "O(N) for N elements compared",
                                           .syntax = "key element [RANK rank] [COUNT num-matches] [MAXLEN len]"}};
  Key key;
  std::string_view element;
  std::int64_t rank = 1;
  std::optional<std::int64_t> count;
  std::int64_t length_max = 0;

  static LPos parse(ArgReader& reader) {
    LPos lpos{.key = reader.next_key(), .element = reader.next_word()};
    while (!reader.done()) {
      if (reader.take_keyword("RANK")) {
        lpos.rank = next_rank(reader);
      } else if (reader.take_keyword("COUNT")) {
        lpos.count = reader.next_integer_between(0, INT64_MAX, "ERR COUNT can't be negative");
      } else if (reader.take_keyword("MAXLEN")) {
        lpos.length_max = reader.next_integer_between(0, INT64_MAX, "ERR MAXLEN can't be negative");
      } else {
        throw syntax_error();
      }
    }
    return lpos;
  }

  void execute(DataContext& ctx) const {
    const auto list = read<List>(ctx, key);
    const std::size_t mark = ctx.reply.mark();
    std::size_t found = 0;
    if (list) {
      const std::size_t wanted = count ? static_cast<std::size_t>(*count) : 1;
      found = reply_matches(ctx.reply, *list, wanted == 0 ? std::numeric_limits<std::size_t>::max() : wanted);
    }
    if (count) {
      ctx.reply.array_at(mark, found);
    } else if (found == 0) {
      ctx.reply.null();
    }
  }

 private:
  static std::int64_t next_rank(ArgReader& reader) {
    const std::int64_t rank = reader.next_integer();
    if (rank == INT64_MIN) {
      throw CommandError("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
    }
    if (rank == 0) {
      throw CommandError(
          "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start "
          "from the end of the list");
    }
    return rank;
  }

  // Replies with at most `wanted` indexes, and returns how many there were.
  std::size_t reply_matches(protocol::ReplyWriter& reply, const store::ListView& list, std::size_t wanted) const {
    const PackedText text(element);
    const bool is_backwards = rank < 0;
    const auto size = static_cast<std::int64_t>(list.size());
    const std::int64_t steps_max = length_max == 0 ? size : std::min(length_max, size);
    std::int64_t matches_to_skip = (is_backwards ? -rank : rank) - 1;
    std::size_t found = 0;
    List::Walk walk(list, is_backwards ? Side::tail : Side::head);
    for (std::int64_t step = 0; step < steps_max && found < wanted; ++step) {
      if (!(text == walk.take()) || matches_to_skip-- > 0) continue;
      reply.integer(is_backwards ? size - 1 - step : step);
      ++found;
    }
    return found;
  }
};

}  // namespace

std::span<const Spec<DataContext>> position_commands() {
  static const std::array list{command<LPos>()};
  return list;
}

}  // namespace sluice::commands::lists
