#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::style {

// One #include line. A quoted target is a path from the project's root.
struct Include {
  std::string target;
  bool quoted = false;
};

// What the rules need to know of one source file.
struct SourceFile {
  std::string path;  // from the project's root, with '/' between folders
  std::size_t line_count = 0;
  std::vector<Include> includes;
};

using SourceTree = std::vector<SourceFile>;

// Reads the #include lines of `text`. The preprocessor is not run: an include under #if counts like any other.
SourceFile parse_source(std::string path, std::string_view text);

// Every .hpp and .cpp below `folders` of the project at `root`, ordered by path. Folders that do not exist are skipped.
SourceTree read_source_tree(const std::filesystem::path& root, const std::vector<std::string>& folders);

}  // namespace sluice::style
