#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/dispatch/settings.hpp"

namespace sluice::config {

// The settings by name: reading the configuration file and the command line, CONFIG GET, SET and REWRITE. The values
// themselves are in Settings.
class Config {
 public:
  explicit Config(dispatch::Settings& settings) : settings_(settings) {}

  // Reads "[FILE] [--directive value …] …" as redis-server does. Returns what is wrong, or nothing.
  std::optional<std::string> load_command_line(std::span<const char* const> arguments);

 private:
  dispatch::Settings& settings_;
};

}  // namespace sluice::config
