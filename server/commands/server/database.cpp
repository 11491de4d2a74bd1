#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "server/commands/server/register.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::server {

using namespace dispatch;

namespace {

// [ASYNC | SYNC]: accepted and without effect, since the reaper frees the data either way and the server never waits
// for it.
void read_flush_mode(ArgReader& reader) {
  if (!reader.take_keyword("ASYNC")) reader.take_keyword("SYNC");
  reader.finish();
}

// FLUSHDB [ASYNC | SYNC]
struct FlushDb {
  static constexpr Spec<DataContext> spec{{.name = "FLUSHDB",
                                           .arity = -1,
                                           .flags = Flag::write,
                                           .categories = Category::keyspace | Category::dangerous,
                                           .since = "1.0.0",
                                           .summary = "Removes all keys of the database.",
                                           .complexity = "O(1); memory is freed in the background.",
                                           .syntax = "[async: ASYNC | SYNC]",
                                           .tips = "request_policy:all_shards response_policy:all_succeeded"}};

  static FlushDb parse(ArgReader& reader) {
    read_flush_mode(reader);
    return {};
  }
  void execute(DataContext& ctx) const {
    ctx.keyspace.clear();
    ctx.effects.itself();
    ctx.reply.ok();
  }
};

// FLUSHALL [ASYNC | SYNC]
struct FlushAll {
  static constexpr Spec<DataContext> spec{{.name = "FLUSHALL",
                                           .arity = -1,
                                           .flags = Flag::write,
                                           .categories = Category::keyspace | Category::dangerous,
                                           .since = "1.0.0",
                                           .summary = "Removes all keys of all databases.",
                                           .complexity = "O(N) for N databases; memory is freed in the background.",
                                           .syntax = "[async: ASYNC | SYNC]",
                                           .tips = "request_policy:all_shards response_policy:all_succeeded"}};

  static FlushAll parse(ArgReader& reader) {
    read_flush_mode(reader);
    return {};
  }
  void execute(DataContext& ctx) const {
    ctx.databases.clear_all();
    ctx.effects.itself();
    ctx.reply.ok();
  }
};

// SWAPDB index1 index2
// Connections keep their database number and so find the other database's keys.
struct SwapDb {
  static constexpr Spec<DataContext> spec{{.name = "SWAPDB",
                                           .arity = 3,
                                           .flags = Flag::write | Flag::fast,
                                           .categories = Category::keyspace | Category::dangerous,
                                           .since = "4.0.0",
                                           .summary = "Exchanges the contents of two databases.",
                                           .complexity = "O(1)",
                                           .syntax = "index1 index2"}};
  std::int64_t first = 0;
  std::int64_t second = 0;

  static SwapDb parse(ArgReader& reader) {
    using Limits = std::numeric_limits<std::int32_t>;
    return {.first = reader.next_integer_between(Limits::min(), Limits::max(), "ERR invalid first DB index"),
            .second = reader.next_integer_between(Limits::min(), Limits::max(), "ERR invalid second DB index")};
  }
  void execute(DataContext& ctx) const {
    const auto exists = [&](std::int64_t index) {
      return index >= 0 && static_cast<std::size_t>(index) < ctx.databases.count();
    };
    if (!exists(first) || !exists(second)) throw CommandError("ERR DB index is out of range");
    ctx.databases.swap(static_cast<std::size_t>(first), static_cast<std::size_t>(second));
    ctx.effects.itself();
    ctx.reply.ok();
  }
};

// DBSIZE
// Keys whose time has come count until they are reclaimed, as in Redis.
struct DbSize {
  static constexpr Spec<DataContext> spec{{.name = "DBSIZE",
                                           .arity = 1,
                                           .flags = Flag::readonly | Flag::fast,
                                           .categories = Category::keyspace,
                                           .since = "1.0.0",
                                           .summary = "Tells how many keys the database holds.",
                                           .complexity = "O(1)",
                                           .tips = "request_policy:all_shards response_policy:agg_sum"}};

  void execute(DataContext& ctx) const { ctx.reply.integer(static_cast<std::int64_t>(ctx.keyspace.size())); }
};

}  // namespace

std::span<const Spec<DataContext>> database_commands() {
  static const std::array list{command<FlushDb>(), command<FlushAll>(), command<SwapDb>(), command<DbSize>()};
  return list;
}

}  // namespace sluice::commands::server
