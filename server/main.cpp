#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "server/base/clock.hpp"
#include "server/base/random.hpp"
#include "server/config/config.hpp"
#include "server/server.hpp"

int main(int argument_count, char** arguments) {
  using namespace sluice;
  std::signal(SIGPIPE, SIG_IGN);
  dispatch::Settings settings;
  config::Config config(settings);
  const std::span<const char* const> words(arguments + 1, static_cast<std::size_t>(argument_count - 1));
  const config::CommandLine command_line = config::parse_command_line(words);
  if (const auto error = config.load(command_line)) {
    fmt::print(stderr, "{}\n", *error);
    return EXIT_FAILURE;
  }
  base::Clock clock;
  clock.refresh();
  Server server(settings, config,
                {.run_id = base::random_hex(40),
                 .executable = arguments[0],
                 .config_file = config.file(),
                 .started_ms = clock.now_ms(),
                 .started_monotonic_us = base::monotonic_us()});
  if (const auto error = server.listen()) {
    fmt::print(stderr, "{}\n", *error);
    return EXIT_FAILURE;
  }
  server.run();
  return EXIT_SUCCESS;
}
