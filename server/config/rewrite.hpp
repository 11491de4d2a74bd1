#pragma once

#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "server/config/directive.hpp"

namespace sluice::config {

// The configuration file's text brought up to `settings`. The lines of a directive stay as they are as long as they say
// what holds; else the last of them, which count, are replaced. Directives that the text does not mention and that
// differ from their default are added at the end. Comments, includes and lines of unknown directives stay.
std::string rewrite_text(std::string_view text, std::span<const Directive> directives,
                         const dispatch::Settings& settings);

// Replaces the file so that a crash leaves either the old text or the new one; keeps its permissions.
std::error_code replace_file(const std::string& path, std::string_view text);

}  // namespace sluice::config
