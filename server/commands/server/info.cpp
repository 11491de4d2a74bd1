#include <array>
#include <string>

#include "server/base/text.hpp"
#include "server/commands/server/info_sections.hpp"
#include "server/commands/server/register.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands::server {

using namespace dispatch;

namespace {

bool asks_for(std::string_view word, const InfoSection& section) {
  using base::equals_ignoring_case;
  if (equals_ignoring_case(word, "all") || equals_ignoring_case(word, "everything")) return true;
  if (equals_ignoring_case(word, "default")) return section.is_default;
  return equals_ignoring_case(word, section.name);
}

// INFO [section …]
// Names that no section has are passed over: the text may be empty.
struct Info {
  static constexpr Spec<AdminContext> spec{
      {.name = "INFO",
       .arity = -1,
       .flags = Flag::loading | Flag::stale,
       .categories = Category::dangerous,
       .since = "1.0.0",
       .summary = "Tells how the server is and what it has done.",
       .complexity = "O(N) with N connections and commands in use.",
       .syntax = "[section [section ...]]",
       .tips = "nondeterministic_output request_policy:all_shards response_policy:special"}};
  Words sections;

  void execute(AdminContext& ctx) const {
    std::string text;
    FigureSink out(text);
    for (const InfoSection& section : info_sections()) {
      if (!is_wanted(section)) continue;
      out.title(section.title);
      section.write(out, ctx);
      for (const FigureSource* source : ctx.parts.figures) source->tell(section.id, out);
    }
    ctx.reply.verbatim("txt", text);
  }

 private:
  bool is_wanted(const InfoSection& section) const {
    if (sections.empty()) return section.is_default;
    for (const std::string_view word : sections) {
      if (asks_for(word, section)) return true;
    }
    return false;
  }
};

}  // namespace

std::span<const Spec<AdminContext>> info_commands() {
  static const std::array list{command<Info>()};
  return list;
}

}  // namespace sluice::commands::server
