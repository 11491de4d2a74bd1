#include "server/config/loader.hpp"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "server/base/text.hpp"
#include "server/base/version.hpp"
#include "server/config/config_text.hpp"
#include "server/config/tuning_without_effect.hpp"

namespace sluice::config {

namespace {

std::string read_stream(std::istream& stream) {
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// The files that a pattern stands for, in alphabetical order; a path without wildcards stands for itself, existing or
// not.
std::vector<std::string> expand(const std::string& pattern) {
  if (pattern.find_first_of("*?[") == std::string::npos) return {pattern};
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return paths;
}

}  // namespace

std::optional<std::string> Loader::load_text(std::string_view text) {
  std::size_t number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    if (is_comment(line)) continue;
    const Complaint complaint = load_line(line);
    if (fatal_) return fatal_;
    if (complaint) {
      return fatal_config_error(
          fmt::format("Reading the configuration file, at line {}\n>>> '{}'\n{}", number, line, *complaint));
    }
  }
  return std::nullopt;
}

std::optional<std::string> Loader::load_file(const std::string& path) {
  const auto text = read_whole_file(path);
  return text ? load_text(*text) : cannot_open(path);
}

Complaint Loader::load_line(std::string_view line) {
  const auto words = split_words(line);
  if (!words) return "Unbalanced quotes in configuration line";
  if (words->empty()) return std::nullopt;
  const std::string& name = words->front();
  const std::vector<std::string_view> values(words->begin() + 1, words->end());
  if (base::equals_ignoring_case(name, "include") && values.size() == 1) {
    fatal_ = load_included(std::string(values[0]));
    return std::nullopt;
  }
  const Directive* directive = find_directive(directives_, name);
  if (directive == nullptr && is_tuning_without_effect(name)) {
    without_effect_.push_back(name);
    return std::nullopt;
  }
  if (directive == nullptr) return "Bad directive or wrong number of arguments";
  if (directive->takes_many ? values.empty() : values.size() != 1) return "wrong number of arguments";
  return directive->write(settings_, values);
}

std::optional<std::string> Loader::load_included(const std::string& pattern) {
  // Files that include each other would otherwise never come to an end.
  constexpr std::size_t depth_max = 16;
  if (depth_ == depth_max) return fatal_config_error(fmt::format("Included too deeply: '{}'", pattern));
  ++depth_;
  std::optional<std::string> error;
  for (const std::string& path : expand(pattern)) {
    error = load_file(path);
    if (error) break;
  }
  --depth_;
  return error;
}

std::optional<std::string> read_whole_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text = read_stream(file);
  // A directory can be opened but not read.
  if (file.bad()) return std::nullopt;
  return text;
}

std::string read_standard_input() {
  return read_stream(std::cin);
}

std::string cannot_open(const std::string& path) {
  return fmt::format("Fatal error, can't open config file '{}': {}", path, std::strerror(errno));
}

std::string fatal_config_error(std::string_view explanation) {
  return fmt::format("\n*** FATAL CONFIG FILE ERROR (Redis {}) ***\n{}", base::redis_version, explanation);
}

const Directive* find_directive(std::span<const Directive> directives, std::string_view name) {
  const auto found = std::ranges::find_if(
      directives, [name](const Directive& each) { return base::equals_ignoring_case(each.name, name); });
  return found == directives.end() ? nullptr : &*found;
}

}  // namespace sluice::config
