#include "server/commands/server/command_syntax.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <utility>

namespace sluice::commands::server {

namespace {

using Kind = Argument::Kind;

class SyntaxParser {
 public:
  explicit SyntaxParser(std::string_view syntax) : rest_(syntax) {}

  std::vector<Argument> parse() { return alternatives(); }

 private:
  // A list of alternatives is one argument of kind one_of; a single alternative is its own arguments.
  std::vector<Argument> alternatives() {
    std::vector<Argument> choices;
    std::vector<Argument> current = sequence();
    while (take("|")) {
      choices.push_back(group(Kind::block, std::exchange(current, sequence())));
    }
    if (choices.empty()) return current;
    choices.push_back(group(Kind::block, std::move(current)));
    return {Argument{.kind = Kind::one_of, .parts = std::move(choices)}};
  }

  std::vector<Argument> sequence() {
    std::vector<Argument> items;
    while (true) {
      const std::string_view word = peek();
      if (word.empty() || word == "|" || word == "]" || word == ">" || word == "...") return items;
      next();
      if (word == "[") {
        add_optional(items);
      } else if (word == "<") {
        items.push_back(choice());
      } else if (is_token(word)) {
        items.push_back(with_token(word));
      } else {
        items.push_back(parameter(word));
      }
    }
  }

  // The inside of […]: an option, or the sign that what stands before it may be repeated.
  void add_optional(std::vector<Argument>& items) {
    const std::string_view name = take_name();
    std::vector<Argument> inside = alternatives();
    const bool repeats = take("...");
    take("]");
    const std::size_t count = inside.size();
    const bool repeats_former =
        repeats && items.size() >= count &&
        std::equal(inside.begin(), inside.end(), items.end() - static_cast<std::ptrdiff_t>(count));
    if (repeats_former) items.resize(items.size() - count);
    Argument option = group(Kind::block, std::move(inside), name);
    option.is_optional = !repeats_former;
    option.is_multiple |= repeats;
    option.is_multiple_token |= repeats && !option.token.empty();
    items.push_back(std::move(option));
  }

  // The inside of <…>.
  Argument choice() {
    const std::string_view name = take_name();
    Argument chosen = group(Kind::block, alternatives(), name);
    take(">");
    return chosen;
  }

  // A word in capitals takes the parameters that follow it, or the group.
  Argument with_token(std::string_view token) {
    Argument argument;
    if (take("<")) {
      argument = choice();
    } else {
      std::vector<Argument> parameters;
      while (is_parameter(peek())) parameters.push_back(parameter(next()));
      if (parameters.empty()) return {.kind = Kind::pure_token, .token = token};
      argument = group(Kind::block, std::move(parameters));
    }
    argument.token = token;
    return argument;
  }

  // A type that the name does not tell is spelled out behind a colon.
  static Argument parameter(std::string_view word) {
    for (const std::string_view type : {"double", "integer", "string", "key"}) {
      if (!word.ends_with(type) || word.size() < type.size() + 2) continue;
      const std::size_t colon = word.size() - type.size() - 1;
      if (word[colon] == ':') return {.name = word.substr(0, colon), .type = type};
    }
    return {.name = word};
  }

  // The name of a group, which a colon ends.
  std::string_view take_name() {
    if (!peek().ends_with(':')) return {};
    const std::string_view name = next();
    return name.substr(0, name.size() - 1);
  }

  // A group of one is that one.
  static Argument group(Kind kind, std::vector<Argument> parts, std::string_view name = {}) {
    if (parts.size() != 1) return {.kind = kind, .name = name, .parts = std::move(parts)};
    Argument only = std::move(parts.front());
    if (only.kind != Kind::parameter && !name.empty()) only.name = name;
    return only;
  }

  static bool is_token(std::string_view word) { return std::isupper(static_cast<unsigned char>(word.front())) != 0; }
  static bool is_parameter(std::string_view word) {
    return !word.empty() && std::islower(static_cast<unsigned char>(word.front())) != 0;
  }

  std::string_view peek() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    if (rest_.empty()) return {};
    if (rest_.starts_with("...")) return rest_.substr(0, 3);
    constexpr std::string_view marks = "[]<>|";
    if (marks.find(rest_.front()) != std::string_view::npos) return rest_.substr(0, 1);
    return rest_.substr(0, rest_.find_first_of(" []<>|."));
  }

  std::string_view next() {
    const std::string_view word = peek();
    rest_.remove_prefix(word.size());
    return word;
  }

  bool take(std::string_view expected) {
    if (peek() != expected) return false;
    next();
    return true;
  }

  std::string_view rest_;
};

}  // namespace

std::vector<Argument> parse_syntax(std::string_view syntax) {
  return SyntaxParser(syntax).parse();
}

}  // namespace sluice::commands::server
