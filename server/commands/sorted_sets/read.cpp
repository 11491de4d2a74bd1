#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/commands/sorted_sets/range.hpp"
#include "server/commands/sorted_sets/register.hpp"
#include "server/commands/sorted_sets/shared.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// Sizes of sorted sets, scores and ranks of members.
namespace sluice::commands::sorted_sets {

using namespace dispatch;
using store::Key;
using store::SortedSet;

namespace {

constexpr SpecFields read_spec(std::string_view name, int arity, std::string_view since, std::string_view summary,
                               std::string_view complexity, std::string_view syntax,
                               KeyFlags key_flags = KeyFlag::read_only | KeyFlag::access) {
  const bool is_of_members = arity == 3 || arity == -3;
  return {.name = name,
          .arity = arity,
          .flags = Flag::readonly | Flag::fast,
          .keys = one_key(key_flags),
          .since = since,
          .summary = summary,
          .complexity = complexity,
          .syntax = syntax,
          .element_word = static_cast<std::uint8_t>(is_of_members ? 2 : 0)};
}

// ZCARD key
struct ZCard {
  static constexpr Spec<DataContext> spec{read_spec(
      "ZCARD", 2, "1.2.0", "Returns the number of members of a sorted set.", "O(1)", "key", KeyFlag::read_only)};
  Key key;

  void execute(DataContext& ctx) const {
    const auto set = read<SortedSet>(ctx, key);
    ctx.reply.integer(set ? static_cast<std::int64_t>((*set).size()) : 0);
  }
};

void reply_score(DataContext& ctx, const OpenSortedSet& set, std::string_view member) {
  const auto score = set ? (*set).score_of(member) : std::nullopt;
  if (score) {
    ctx.reply.real(*score);
  } else {
    ctx.reply.null();
  }
}

// ZSCORE key member
struct ZScore {
  static constexpr Spec<DataContext> spec{
      read_spec("ZSCORE", 3, "1.2.0", "Returns the score of a member.", "O(1)", "key member")};
  Key key;
  std::string_view member;

  void execute(DataContext& ctx) const { reply_score(ctx, read<SortedSet>(ctx, key), member); }
};

// ZMSCORE key member [member ...]
struct ZMScore {
  static constexpr Spec<DataContext> spec{read_spec("ZMSCORE", -3, "6.2.0", "Returns the scores of several members.",
                                                    "O(N) for N members", "key member [member ...]")};
  Key key;
  Words members;

  void execute(DataContext& ctx) const {
    const auto set = read<SortedSet>(ctx, key);
    ctx.reply.array(members.size());
    for (const std::string_view member : members) reply_score(ctx, set, member);
  }
};

// key member [WITHSCORE]
struct RankRequest {
  Key key;
  std::string_view member;
  bool with_score = false;

  static RankRequest parse(ArgReader& reader) {
    RankRequest request{.key = reader.next_key(), .member = reader.next_word()};
    if (!reader.done()) {
      if (!reader.take_keyword("WITHSCORE")) throw syntax_error();
      request.with_score = true;
    }
    reader.finish();
    return request;
  }

  void execute(DataContext& ctx, bool is_reversed) const {
    const auto set = read<SortedSet>(ctx, key);
    const auto found = set ? (*set).rank_of(member) : std::nullopt;
    if (!found) return with_score ? ctx.reply.null_array() : ctx.reply.null();
    const std::size_t rank = is_reversed ? (*set).size() - 1 - found->rank : found->rank;
    if (with_score) ctx.reply.array(2);
    ctx.reply.integer(static_cast<std::int64_t>(rank));
    if (with_score) ctx.reply.real(found->score);
  }
};

// ZRANK key member [WITHSCORE]
struct ZRank {
  static constexpr Spec<DataContext> spec{read_spec("ZRANK", -3, "2.0.0",
                                                    "Returns the position of a member, the lowest score being at 0.",
                                                    "O(log N)", "key member [WITHSCORE]")};
  RankRequest request;

  static ZRank parse(ArgReader& reader) { return {RankRequest::parse(reader)}; }
  void execute(DataContext& ctx) const { request.execute(ctx, false); }
};

// ZREVRANK key member [WITHSCORE]
struct ZRevRank {
  static constexpr Spec<DataContext> spec{read_spec("ZREVRANK", -3, "2.0.0",
                                                    "Returns the position of a member, the highest score being at 0.",
                                                    "O(log N)", "key member [WITHSCORE]")};
  RankRequest request;

  static ZRevRank parse(ArgReader& reader) { return {RankRequest::parse(reader)}; }
  void execute(DataContext& ctx) const { request.execute(ctx, true); }
};

// key min max
struct CountRequest {
  Key key;
  Range range;

  static CountRequest parse(ArgReader& reader, RangeKind kind) {
    const Key key = reader.next_key();
    const std::string_view lowest = reader.next_word();
    const std::string_view highest = reader.next_word();
    return {key, Range(kind, false, lowest, highest)};
  }

  void execute(DataContext& ctx) const {
    const auto set = read<SortedSet>(ctx, key);
    const store::RankRange ranks = set ? range.ranks(*set) : store::RankRange();
    ctx.reply.integer(ranks.empty() ? 0 : static_cast<std::int64_t>(ranks.count()));
  }
};

// ZCOUNT key min max
struct ZCount {
  static constexpr Spec<DataContext> spec{read_spec("ZCOUNT", 4, "2.0.0", "Counts the members with a score in a range.",
                                                    "O(log N)", "key min:double max:double")};
  CountRequest request;

  static ZCount parse(ArgReader& reader) { return {CountRequest::parse(reader, RangeKind::score)}; }
  void execute(DataContext& ctx) const { request.execute(ctx); }
};

// ZLEXCOUNT key min max
struct ZLexCount {
  static constexpr Spec<DataContext> spec{read_spec(
      "ZLEXCOUNT", 4, "2.8.9", "Counts the members of equal scores in a range of bytes.", "O(log N)", "key min max")};
  CountRequest request;

  static ZLexCount parse(ArgReader& reader) { return {CountRequest::parse(reader, RangeKind::lex)}; }
  void execute(DataContext& ctx) const { request.execute(ctx); }
};

}  // namespace

std::span<const Spec<DataContext>> read_commands() {
  static const std::array list{command<ZCard>(),    command<ZScore>(), command<ZMScore>(),  command<ZRank>(),
                               command<ZRevRank>(), command<ZCount>(), command<ZLexCount>()};
  return list;
}

}  // namespace sluice::commands::sorted_sets
