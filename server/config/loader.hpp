#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/config/directive.hpp"

namespace sluice::config {

// Reads configuration text into settings, line by line; a later line overrides an earlier one.
class Loader {
 public:
  Loader(std::span<const Directive> directives, dispatch::Settings& settings)
      : directives_(directives), settings_(settings) {}

  // Both return what is to be told before the server gives up, or nothing.
  std::optional<std::string> load_text(std::string_view text);
  std::optional<std::string> load_file(const std::string& path);

  // The directives that were read and do nothing here; see is_tuning_without_effect().
  const std::vector<std::string>& without_effect() const { return without_effect_; }

 private:
  Complaint load_line(std::string_view line);
  std::optional<std::string> load_included(const std::string& pattern);

  std::span<const Directive> directives_;
  dispatch::Settings& settings_;
  std::size_t depth_ = 0;  // of included files
  std::vector<std::string> without_effect_;
  std::optional<std::string> fatal_;  // the complaints about an included file, ready to be told
};

// The whole of a file or of standard input; nothing and errno if it cannot be read.
std::optional<std::string> read_whole_file(const std::string& path);
std::string read_standard_input();

std::string cannot_open(const std::string& path);
std::string fatal_config_error(std::string_view explanation);

const Directive* find_directive(std::span<const Directive> directives, std::string_view name);

}  // namespace sluice::config
