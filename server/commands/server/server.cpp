#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "server/base/random.hpp"
#include "server/base/version.hpp"
#include "server/commands/server/lolwut.hpp"
#include "server/commands/server/register.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/dispatch/state/server_control.hpp"

namespace sluice::commands::server {

using namespace dispatch;

namespace {

// TIME
struct Time {
  static constexpr Spec<AdminContext> spec{
      {.name = "TIME",
       .arity = 1,
       .flags = Flag::loading | Flag::stale | Flag::fast,
       .since = "2.6.0",
       .summary = "Returns the Unix time in seconds, and the microseconds of the present one.",
       .complexity = "O(1)",
       .syntax = "",
       .tips = "nondeterministic_output"}};

  void execute(AdminContext& ctx) const {
    constexpr std::int64_t us_per_second = 1'000'000;
    const std::int64_t now_us = ctx.parts.clock.now_us();
    ctx.reply.array(2);
    ctx.reply.bulk_integer(now_us / us_per_second);
    ctx.reply.bulk_integer(now_us % us_per_second);
  }
};

// LOLWUT [VERSION version [columns [rows]]]
// The same drawing whatever version is asked for. Words that do not belong to a version are ignored, as in Redis.
struct Lolwut {
  static constexpr Spec<AdminContext> spec{{.name = "LOLWUT",
                                            .arity = -1,
                                            .flags = Flag::readonly | Flag::fast,
                                            .since = "5.0.0",
                                            .summary = "Draws something, and tells the version.",
                                            .complexity = "O(N) with N characters drawn.",
                                            .syntax = "[VERSION version]"}};
  WaterSize size;

  static Lolwut parse(ArgReader& reader) {
    Lolwut command;
    if (reader.left() < 2 || !reader.take_keyword("VERSION")) return command;
    reader.next_integer();
    if (!reader.done()) command.size.columns = read_extent(reader, WaterSize::columns_max);
    if (!reader.done()) command.size.rows = read_extent(reader, WaterSize::rows_max);
    return command;
  }

  void execute(AdminContext& ctx) const {
    base::Random random(static_cast<std::uint64_t>(ctx.parts.clock.now_us()));
    ctx.reply.verbatim("txt", draw_water(size, random) + fmt::format("\nRedis ver. {}\n", base::redis_version));
  }

 private:
  static std::size_t read_extent(ArgReader& reader, std::size_t max) {
    const std::int64_t wanted = reader.next_integer();
    return static_cast<std::size_t>(std::clamp<std::int64_t>(wanted, 1, static_cast<std::int64_t>(max)));
  }
};

// SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]
// Answers only if the server goes on.
struct Shutdown {
  static constexpr Spec<AdminContext> spec{
      {.name = "SHUTDOWN",
       .arity = -1,
       .flags = Flag::admin | Flag::noscript | Flag::loading | Flag::stale | Flag::no_multi | Flag::allow_busy,
       .since = "1.0.0",
       .summary = "Ends the server once every connection has its replies.",
       .complexity = "O(1)",
       .syntax = "[nosave_save: NOSAVE | SAVE] [NOW] [FORCE] [ABORT]"}};
  ShutdownRequest request;
  bool is_abort = false;

  static Shutdown parse(ArgReader& reader) {
    using Saving = ShutdownRequest::Saving;
    Shutdown command;
    ShutdownRequest& request = command.request;
    while (!reader.done()) {
      if (request.saving != Saving::save && reader.take_keyword("NOSAVE")) {
        request.saving = Saving::no_save;
      } else if (request.saving != Saving::no_save && reader.take_keyword("SAVE")) {
        request.saving = Saving::save;
      } else if (reader.take_keyword("NOW")) {
        request.now = true;
      } else if (reader.take_keyword("FORCE")) {
        request.force = true;
      } else if (reader.take_keyword("ABORT")) {
        command.is_abort = true;
      } else {
        throw syntax_error();
      }
    }
    const bool has_other = request.saving != Saving::as_configured || request.now || request.force;
    if (command.is_abort && has_other) throw syntax_error();
    return command;
  }

  void execute(AdminContext& ctx) const {
    if (is_abort) {
      if (!ctx.parts.control.abort_shutdown()) throw CommandError("ERR No shutdown in progress.");
      ctx.reply.ok();
      return;
    }
    // Nothing can be saved: a client that insists on saving must not lose the data.
    if (request.saving == ShutdownRequest::Saving::save && !request.force) {
      throw CommandError("ERR Errors trying to SHUTDOWN. Check logs.");
    }
    ctx.parts.control.request_shutdown(request);
  }
};

// FUNCTION FLUSH [ASYNC | SYNC]
// There are no functions, so that there are none afterwards either.
struct FunctionFlush {
  static constexpr Spec<AdminContext> spec{{.name = "FUNCTION|FLUSH",
                                            .arity = -2,
                                            .flags = Flag::noscript | Flag::write,
                                            .categories = Category::scripting,
                                            .group = "scripting",
                                            .since = "7.0.0",
                                            .summary = "Deletes all functions.",
                                            .complexity = "O(1)",
                                            .syntax = "[async: ASYNC | SYNC]",
                                            .tips = "request_policy:all_shards response_policy:all_succeeded"}};

  static FunctionFlush parse(ArgReader& reader) {
    if (reader.left() > 1) throw wrong_subcommand("FUNCTION", reader.subcommand());
    if (!reader.done() && !reader.take_keyword("SYNC") && !reader.take_keyword("ASYNC")) {
      throw CommandError("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    }
    return {};
  }
  void execute(AdminContext& ctx) const {
    ctx.parts.effects.itself();
    ctx.reply.ok();
  }
};

}  // namespace

std::span<const Spec<AdminContext>> server_commands() {
  static const std::array list{command<Time>(), command<Lolwut>(), command<Shutdown>(), command<FunctionFlush>()};
  return list;
}

}  // namespace sluice::commands::server
