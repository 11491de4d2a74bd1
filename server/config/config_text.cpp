#include "server/config/config_text.hpp"

#include "protocol/inline_words.hpp"

namespace sluice::config {

namespace {

constexpr std::string_view blanks = " \t\r\n";

}  // namespace

std::string_view trim(std::string_view line) {
  const std::size_t first = line.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(trim(text.substr(0, end)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::optional<std::vector<std::string>> split_words(std::string_view line) {
  std::string scratch(line);
  std::vector<std::string_view> words;
  if (!protocol::split_inline_words(scratch, words)) return std::nullopt;
  return std::vector<std::string>(words.begin(), words.end());
}

}  // namespace sluice::config
