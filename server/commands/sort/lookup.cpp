#include "server/commands/sort/lookup.hpp"

#include "server/commands/shared/key_lookup.hpp"
#include "server/store/values/hash.hpp"

namespace sluice::commands::sort {

using store::Hash;
using store::Type;

namespace {

// "prefix*suffix->field"; the field may be missing.
struct Pattern {
  std::string_view prefix;
  std::string_view suffix;
  std::string_view field;

  static std::optional<Pattern> parse(std::string_view text) {
    const std::size_t star = text.find('*');
    if (star == std::string_view::npos) return std::nullopt;
    Pattern pattern{.prefix = text.substr(0, star), .suffix = text.substr(star + 1)};
    const std::size_t arrow = pattern.suffix.find("->");
    if (arrow != std::string_view::npos && arrow + 2 < pattern.suffix.size()) {
      pattern.field = pattern.suffix.substr(arrow + 2);
      pattern.suffix = pattern.suffix.substr(0, arrow);
    }
    return pattern;
  }
};

}  // namespace

std::optional<std::string> look_up(dispatch::DataContext& ctx, std::string_view pattern, std::string_view element) {
  if (pattern == "#") return std::string(element);
  const auto parts = Pattern::parse(pattern);
  if (!parts) return std::nullopt;
  std::string name(parts->prefix);
  name += element;
  name += parts->suffix;
  const store::Key key = ctx.keyspace.key_of(name);
  const auto found = find_to_read(ctx, key);
  if (!found) return std::nullopt;
  if (parts->field.empty()) {
    return found->type() == Type::string ? std::optional(std::string(found->string())) : std::nullopt;
  }
  if (found->type() != Type::hash) return std::nullopt;
  const auto value = found.view<Hash>().find(parts->field);
  return value ? std::optional(value->value.text()) : std::nullopt;
}

}  // namespace sluice::commands::sort
