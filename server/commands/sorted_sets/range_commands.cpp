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
#include "server/store/values/sorted_set_builder.hpp"

// Members of sorted sets by rank, score or bytes: replied, or stored as another sorted set.
namespace sluice::commands::sorted_sets {

using namespace dispatch;
using store::Key;
using store::SortedSet;

namespace {

// The options behind the ends of a range. Which of them a command has, and what they may go with, differs.
struct RangeOptions {
  std::optional<RangeKind> kind;
  bool is_reversed = false;
  bool with_scores = false;
  bool null_if_absent = false;  // XX
  bool has_limit = false;
  std::int64_t offset = 0;
  std::int64_t count = -1;

  bool take_limit(ArgReader& reader) {
    if (!reader.take_keyword("LIMIT")) return false;
    has_limit = true;
    offset = reader.next_integer();
    count = reader.next_integer();
    return true;
  }
  bool take_with_scores(ArgReader& reader) { return reader.take_keyword("WITHSCORES") && (with_scores = true); }
  bool take_null_if_absent(ArgReader& reader) { return reader.take_keyword("XX") && (null_if_absent = true); }
  // Of ZRANGE and ZRANGESTORE.
  bool take_direction_or_kind(ArgReader& reader) {
    if (!is_reversed && reader.take_keyword("REV")) return is_reversed = true;
    if (!kind && reader.take_keyword("BYSCORE")) {
      kind = RangeKind::score;
      return true;
    }
    if (!kind && reader.take_keyword("BYLEX")) {
      kind = RangeKind::lex;
      return true;
    }
    return false;
  }

  Range range(RangeKind by_default, std::string_view first, std::string_view last) const {
    Range wanted(kind.value_or(by_default), is_reversed, first, last);
    // Of ranks only a limit that is none comes this far.
    if (has_limit && kind.value_or(by_default) != RangeKind::rank) wanted.limit(offset, count);
    return wanted;
  }
};

void check_combination(const RangeOptions& options, RangeKind kind) {
  // A count of -1 is as good as no limit.
  if (options.has_limit && options.count != -1 && kind == RangeKind::rank) {
    throw CommandError("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
  }
  if (options.with_scores && kind == RangeKind::lex) {
    throw CommandError("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
  }
}

// A range of one sorted set to be replied.
struct RangeRequest {
  Key key;
  Range range;
  bool with_scores = false;
  bool null_if_absent = false;

  // key first last, and options. ZRANGE is told the kind and the direction by options, too.
  static RangeRequest parse(ArgReader& reader, RangeKind kind, bool is_reversed, bool is_told_kind = false) {
    const Key key = reader.next_key();
    const std::string_view first = reader.next_word();
    const std::string_view last = reader.next_word();
    RangeOptions options{.is_reversed = is_reversed};
    while (!reader.done()) {
      const bool is_taken = options.take_limit(reader) || options.take_with_scores(reader) ||
                            options.take_null_if_absent(reader) ||
                            (is_told_kind && options.take_direction_or_kind(reader));
      if (!is_taken) throw syntax_error();
    }
    check_combination(options, options.kind.value_or(kind));
    return {.key = key,
            .range = options.range(kind, first, last),
            .with_scores = options.with_scores,
            .null_if_absent = options.null_if_absent};
  }

  void execute(DataContext& ctx) const {
    const auto set = read<SortedSet>(ctx, key);
    if (!set) return null_if_absent ? ctx.reply.null_array() : ctx.reply.array(0);
    auto walk = range.walk(*set);
    const MemberReply reply = MemberReply::of(ctx, with_scores);
    reply.header(ctx, walk.left());
    while (!walk.done()) {
      const store::ScoredElement element = walk.take();
      reply.member(ctx, element.member, element.score);
    }
  }
};

constexpr SpecFields range_spec(std::string_view name, std::string_view since, std::string_view summary,
                                std::string_view syntax) {
  return {.name = name,
          .arity = -4,
          .flags = Flag::readonly,
          .keys = one_key(KeyFlag::read_only | KeyFlag::access),
          .since = since,
          .summary = summary,
          .complexity = "O(log N + M) for M members returned",
          .syntax = syntax};
}

// ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES] [XX]
// With REV the higher end of scores and bytes comes first. XX replies null for an absent key.
struct ZRange {
  static constexpr Spec<DataContext> spec{
      range_spec("ZRANGE", "1.2.0", "Returns members of a sorted set by rank, score or bytes.",
                 "key start:string stop:string [sortby: BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]")};
  RangeRequest request;

  static ZRange parse(ArgReader& reader) { return {RangeRequest::parse(reader, RangeKind::rank, false, true)}; }
  void execute(DataContext& ctx) const { request.execute(ctx); }
};

// ZREVRANGE key start stop [WITHSCORES]
struct ZRevRange {
  static constexpr Spec<DataContext> spec{range_spec("ZREVRANGE", "1.2.0",
                                                     "Returns members of a sorted set by rank, the highest first.",
                                                     "key start stop [WITHSCORES]")};
  RangeRequest request;

  static ZRevRange parse(ArgReader& reader) { return {RangeRequest::parse(reader, RangeKind::rank, true)}; }
  void execute(DataContext& ctx) const { request.execute(ctx); }
};

// ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]
struct ZRangeByScore {
  static constexpr Spec<DataContext> spec{range_spec("ZRANGEBYSCORE", "1.0.5",
                                                     "Returns members of a sorted set by score.",
                                                     "key min:double max:double [WITHSCORES] [LIMIT offset count]")};
  RangeRequest request;

  static ZRangeByScore parse(ArgReader& reader) { return {RangeRequest::parse(reader, RangeKind::score, false)}; }
  void execute(DataContext& ctx) const { request.execute(ctx); }
};

// ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]
struct ZRevRangeByScore {
  static constexpr Spec<DataContext> spec{range_spec("ZREVRANGEBYSCORE", "2.2.0",
                                                     "Returns members of a sorted set by score, the highest first.",
                                                     "key max:double min:double [WITHSCORES] [LIMIT offset count]")};
  RangeRequest request;

  static ZRevRangeByScore parse(ArgReader& reader) { return {RangeRequest::parse(reader, RangeKind::score, true)}; }
  void execute(DataContext& ctx) const { request.execute(ctx); }
};

// ZRANGEBYLEX key min max [LIMIT offset count]
struct ZRangeByLex {
  static constexpr Spec<DataContext> spec{range_spec("ZRANGEBYLEX", "2.8.9",
                                                     "Returns members of equal scores in the order of their bytes.",
                                                     "key min max [LIMIT offset count]")};
  RangeRequest request;

  static ZRangeByLex parse(ArgReader& reader) { return {RangeRequest::parse(reader, RangeKind::lex, false)}; }
  void execute(DataContext& ctx) const { request.execute(ctx); }
};

// ZREVRANGEBYLEX key max min [LIMIT offset count]
struct ZRevRangeByLex {
  static constexpr Spec<DataContext> spec{
      range_spec("ZREVRANGEBYLEX", "2.8.9", "Returns members of equal scores in the reversed order of their bytes.",
                 "key max min [LIMIT offset count]")};
  RangeRequest request;

  static ZRevRangeByLex parse(ArgReader& reader) { return {RangeRequest::parse(reader, RangeKind::lex, true)}; }
  void execute(DataContext& ctx) const { request.execute(ctx); }
};

// ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]
struct ZRangeStore {
  static constexpr Spec<DataContext> spec{
      {.name = "ZRANGESTORE",
       .arity = -5,
       .flags = Flag::write | Flag::deny_oom,
       .keys = {{.flags = KeyFlag::overwrite | KeyFlag::update},
                {.flags = KeyFlag::read_only | KeyFlag::access, .index = 2}},
       .since = "6.2.0",
       .summary = "Stores members of a sorted set, by rank, score or bytes, as another sorted set.",
       .complexity = "O(log N + M) for M members stored",
       .syntax = "dst src min max [sortby: BYSCORE | BYLEX] [REV] [LIMIT offset count]"}};
  Key destination;
  Key source;
  Range range;

  static ZRangeStore parse(ArgReader& reader) {
    ZRangeStore command{.destination = reader.next_key(), .source = reader.next_key()};
    const std::string_view first = reader.next_word();
    const std::string_view last = reader.next_word();
    RangeOptions options;
    while (!reader.done()) {
      if (!options.take_direction_or_kind(reader) && !options.take_limit(reader)) throw syntax_error();
    }
    check_combination(options, options.kind.value_or(RangeKind::rank));
    command.range = options.range(RangeKind::rank, first, last);
    return command;
  }

  void execute(DataContext& ctx) const {
    const auto set = read<SortedSet>(ctx, source);
    store::SortedSetBuilder result(ctx.hashing.hasher);
    if (set) {
      for (auto walk = range.walk(*set); !walk.done();) {
        const store::ScoredElement element = walk.take();
        result.add(result.key_of(store::ElementText(element.member).bytes()), element.score);
      }
    }
    store_sorted_set(ctx, destination, result.finish(sorted_set_limits(ctx)), "zrangestore");
  }
};

}  // namespace

std::span<const Spec<DataContext>> range_commands() {
  static const std::array list{command<ZRange>(),           command<ZRevRange>(),   command<ZRangeByScore>(),
                               command<ZRevRangeByScore>(), command<ZRangeByLex>(), command<ZRevRangeByLex>(),
                               command<ZRangeStore>()};
  return list;
}

}  // namespace sluice::commands::sorted_sets
