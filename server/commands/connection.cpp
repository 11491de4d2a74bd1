#include <array>
#include <optional>

#include "server/commands/families.hpp"
#include "server/dispatch/command_error.hpp"
#include "server/dispatch/command_list.hpp"

namespace sluice::commands {

using namespace dispatch;

namespace {

// PING [message]
struct Ping {
  static constexpr Spec<SessionContext> spec{{.name = "PING",
                                              .arity = -1,
                                              .flags = Flag::fast,
                                              .categories = Category::connection,
                                              .group = "connection",
                                              .since = "1.0.0",
                                              .summary = "Answers PONG, or the message.",
                                              .complexity = "O(1)",
                                              .syntax = "[message]"}};
  std::optional<std::string_view> message;

  static Ping parse(ArgReader& reader) {
    if (reader.left() > 1) throw wrong_arity(spec.name);
    return read_fields<Ping>(reader);
  }
  void execute(SessionContext& ctx) const {
    if (message) {
      ctx.reply.bulk(*message);
    } else {
      ctx.reply.simple("PONG");
    }
  }
};

}  // namespace

std::span<const Spec<SessionContext>> connection_commands() {
  static const std::array list{command<Ping>()};
  return list;
}

}  // namespace sluice::commands
