#include "server/commands/command_syntax.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <utility>

namespace sluice::commands {

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
        items.push_back(group(Kind::block, alternatives()));
        take(">");
      } else if (is_token(word)) {
        items.push_back(with_token(word));
      } else {
        items.push_back({.name = word});
      }
    }
  }

  // The inside of […]: an option, or the sign that what stands before it may be repeated.
  void add_optional(std::vector<Argument>& items) {
    std::vector<Argument> inside = alternatives();
    const bool repeats = take("...");
    take("]");
    const std::size_t count = inside.size();
    if (repeats && items.size() >= count &&
        std::equal(inside.begin(), inside.end(), items.end() - static_cast<std::ptrdiff_t>(count))) {
      items.resize(items.size() - count);
      items.push_back(group(Kind::block, std::move(inside)));
      items.back().is_multiple = true;
      return;
    }
    Argument option = group(Kind::block, std::move(inside));
    option.is_optional = true;
    option.is_multiple = repeats;
    items.push_back(std::move(option));
  }

  // A word in capitals takes the parameters that follow it.
  Argument with_token(std::string_view token) {
    std::vector<Argument> parameters;
    while (is_parameter(peek())) parameters.push_back({.name = next()});
    if (parameters.empty()) return {.kind = Kind::pure_token, .token = token};
    Argument argument = group(Kind::block, std::move(parameters));
    argument.token = token;
    return argument;
  }

  // A group of one is that one.
  static Argument group(Kind kind, std::vector<Argument> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    return {.kind = kind, .parts = std::move(parts)};
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

}  // namespace sluice::commands
