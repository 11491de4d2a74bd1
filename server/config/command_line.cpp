#include "server/config/command_line.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <string_view>

#include "server/base/text.hpp"
#include "server/config/config_text.hpp"

namespace sluice::config {

namespace {

bool is_one_of(std::string_view word, std::span<const std::string_view> names) {
  return std::ranges::find(names, word) != names.end();
}

// Turns the words behind the file into lines. A word with two dashes starts a directive, unless it stands where the
// value of the directive before must come: "--requirepass --secret".
class OptionsReader {
 public:
  explicit OptionsReader(CommandLine& result) : result_(result) {}

  void read(std::span<const char* const> words) {
    for (std::size_t at = 0; at < words.size(); ++at) {
      const std::string_view word = words[at];
      const bool is_last = at + 1 == words.size();
      if (word == "-" && is_last) {
        result_.reads_stdin = true;
      } else if (word.starts_with("--") && !needs_value_) {
        start_directive(word.substr(2), is_last || std::string_view(words[at + 1]).starts_with("--"));
      } else {
        add_value(word);
      }
    }
  }

 private:
  // `word` may hold values too, as in '--port 7000' given as one word.
  void start_directive(std::string_view word, bool is_bare) {
    result_.options += '\n';
    result_.options += word;
    const auto words = split_words(word);
    needs_value_ = words && words->size() == 1;
    // A bare --save is the old way of asking for no saving at all.
    if (is_bare && base::equals_ignoring_case(word, "save")) add_value("");
  }

  void add_value(std::string_view word) {
    result_.options += ' ' + quote(word);
    needs_value_ = false;
  }

  CommandLine& result_;
  bool needs_value_ = false;
};

}  // namespace

CommandLine parse_command_line(std::span<const char* const> words) {
  static constexpr std::array<std::string_view, 2> version_options = {"-v", "--version"};
  static constexpr std::array<std::string_view, 2> help_options = {"-h", "--help"};
  CommandLine result;
  if (words.size() == 1 && is_one_of(words[0], version_options)) {
    result.action = CommandLine::Action::print_version;
    return result;
  }
  if (words.size() == 1 && is_one_of(words[0], help_options)) {
    result.action = CommandLine::Action::print_help;
    return result;
  }
  if (!words.empty() && !std::string_view(words[0]).starts_with('-')) {
    result.file = std::filesystem::absolute(words[0]).string();
    words = words.subspan(1);
  }
  OptionsReader(result).read(words);
  return result;
}

}  // namespace sluice::config
