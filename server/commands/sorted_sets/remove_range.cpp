#include <array>
#include <cstdint>
#include <string_view>

#include "server/commands/sorted_sets/range.hpp"
#include "server/commands/sorted_sets/register.hpp"
#include "server/commands/sorted_sets/shared.hpp"
#include "server/dispatch/call/family.hpp"

// Removing whole ranges of sorted sets.
namespace sluice::commands::sorted_sets {

using namespace dispatch;
using store::Key;
using store::SortedSet;

namespace {

constexpr SpecFields remove_spec(std::string_view name, std::string_view since, std::string_view summary,
                                 std::string_view syntax) {
  return {.name = name,
          .arity = 4,
          .flags = Flag::write,
          .keys = one_key(KeyFlag::read_write | KeyFlag::delete_data),
          .since = since,
          .summary = summary,
          .complexity = "O(log N + M) for M members removed",
          .syntax = syntax};
}

// key first last
struct RemoveRequest {
  Key key;
  Range range;

  static RemoveRequest parse(ArgReader& reader, RangeKind kind) {
    const Key key = reader.next_key();
    const std::string_view first = reader.next_word();
    const std::string_view last = reader.next_word();
    return {key, Range(kind, false, first, last)};
  }

  void execute(DataContext& ctx, std::string_view event) const {
    auto set = open<SortedSet>(ctx, key);
    const store::RankRange ranks = set ? range.ranks(*set) : store::RankRange();
    if (ranks.empty()) return ctx.reply.integer(0);
    const bool remains = set.edit([&](SortedSet& edited) { edited.erase_ranks(ranks.first, ranks.count()); });
    ctx.notify(EventClass::sorted_set, event, key);
    if (!remains) ctx.notify(EventClass::generic, "del", key);
    ctx.reply.integer(static_cast<std::int64_t>(ranks.count()));
  }
};

// ZREMRANGEBYRANK key start stop
struct ZRemRangeByRank {
  static constexpr Spec<DataContext> spec{
      remove_spec("ZREMRANGEBYRANK", "2.0.0", "Removes the members of a range of ranks.", "key start stop")};
  RemoveRequest request;

  static ZRemRangeByRank parse(ArgReader& reader) { return {RemoveRequest::parse(reader, RangeKind::rank)}; }
  void execute(DataContext& ctx) const { request.execute(ctx, "zremrangebyrank"); }
};

// ZREMRANGEBYSCORE key min max
struct ZRemRangeByScore {
  static constexpr Spec<DataContext> spec{remove_spec(
      "ZREMRANGEBYSCORE", "1.2.0", "Removes the members with a score in a range.", "key min:double max:double")};
  RemoveRequest request;

  static ZRemRangeByScore parse(ArgReader& reader) { return {RemoveRequest::parse(reader, RangeKind::score)}; }
  void execute(DataContext& ctx) const { request.execute(ctx, "zremrangebyscore"); }
};

// ZREMRANGEBYLEX key min max
struct ZRemRangeByLex {
  static constexpr Spec<DataContext> spec{remove_spec(
      "ZREMRANGEBYLEX", "2.8.9", "Removes the members of equal scores in a range of bytes.", "key min max")};
  RemoveRequest request;

  static ZRemRangeByLex parse(ArgReader& reader) { return {RemoveRequest::parse(reader, RangeKind::lex)}; }
  void execute(DataContext& ctx) const { request.execute(ctx, "zremrangebylex"); }
};

}  // namespace

std::span<const Spec<DataContext>> remove_range_commands() {
  static const std::array list{command<ZRemRangeByRank>(), command<ZRemRangeByScore>(), command<ZRemRangeByLex>()};
  return list;
}

}  // namespace sluice::commands::sorted_sets
