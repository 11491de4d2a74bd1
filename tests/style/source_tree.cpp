#include "tests/style/source_tree.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

namespace sluice::style {
namespace {

std::string_view without_leading_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text = without_leading_blanks(text.substr(prefix.size()));
  return true;
}

std::optional<Include> parse_include(std::string_view line) {
  line = without_leading_blanks(line);
  if (!take_prefix(line, "#") || !take_prefix(line, "include") || line.empty()) return std::nullopt;
  const bool quoted = line.front() == '"';
  if (!quoted && line.front() != '<') return std::nullopt;
  const std::size_t end = line.find(quoted ? '"' : '>', 1);
  if (end == std::string_view::npos) return std::nullopt;
  return Include{std::string(line.substr(1, end - 1)), quoted};
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace

SourceFile parse_source(std::string path, std::string_view text) {
  SourceFile file{std::move(path), 0, {}};
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (auto include = parse_include(text.substr(0, end))) file.includes.push_back(*std::move(include));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++file.line_count;
  }
  return file;
}

SourceTree read_source_tree(const std::filesystem::path& root, const std::vector<std::string>& folders) {
  SourceTree tree;
  for (const auto& folder : folders) {
    if (!std::filesystem::is_directory(root / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".hpp" && extension != ".cpp") continue;
      tree.push_back(parse_source(entry.path().lexically_relative(root).generic_string(), read_text(entry.path())));
    }
  }
  std::ranges::sort(tree, {}, &SourceFile::path);
  return tree;
}

}  // namespace sluice::style
