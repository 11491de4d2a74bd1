#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <system_error>

#include "server/base/clock.hpp"
#include "server/base/memory.hpp"
#include "server/base/process.hpp"
#include "server/base/random.hpp"
#include "server/base/version.hpp"
#include "server/config/client_limit.hpp"
#include "server/config/command_line.hpp"
#include "server/config/config.hpp"
#include "server/server.hpp"
#include "server/telemetry/log.hpp"

namespace sluice {
namespace {

using config::CommandLine;

constexpr std::string_view help_text =
    R"(Usage: sluice [FILE] [--DIRECTIVE VALUE ...] ... [-]
       sluice -v | --version
       sluice -h | --help

FILE is a configuration file in the syntax of redis.conf. Directives given as options
come after it and override it. A single '-' at the end reads more configuration from
standard input, before the options.

Examples:
       sluice
       sluice /etc/sluice.conf
       sluice --port 7000 --io-threads 4
       sluice /etc/sluice.conf --loglevel verbose
       echo 'maxclients 100' | sluice -
)";

constexpr std::string_view logo = R"(
       __            __
      |  |__________|  |
      |  |   |  |   |  |      Sluice {version}
 ~^~^~|  |   |  |   |  |      speaks Redis {redis_version}
 ^~^~^|  |   |==|   |  |
 ~^~^~|  |   |==|   |  |      port {port}
 ^~^~^|__|___|==|___|__|~^~^  process {process}
)";

void print_version() {
  fmt::print("Sluice server v={} redis={} malloc={} bits={}\n", base::sluice_version(), base::redis_version,
             base::allocator_name(), 8 * sizeof(void*));
}

void show_logo(const dispatch::Settings& settings, const telemetry::Log& log) {
  const bool is_seen = settings.logfile.empty() && ::isatty(STDOUT_FILENO) == 1;
  if (!settings.always_show_logo && !is_seen) return;
  const std::string drawing =
      fmt::format(logo, fmt::arg("version", base::sluice_version()), fmt::arg("redis_version", base::redis_version),
                  fmt::arg("port", settings.port), fmt::arg("process", ::getpid()));
  log.notice("{}", drawing);
}

// Makes settings act that no part of the server watches. The log must outlive the configuration's use.
void follow_changes(config::Config& config, dispatch::Settings& settings, telemetry::Log& log) {
  config.on_change("loglevel", [&settings, &log] {
    log.set_level(settings.loglevel);
    return config::Complaint();
  });
  config.on_change("dir", [&settings]() -> config::Complaint {
    std::error_code error;
    std::filesystem::current_path(settings.dir, error);
    if (error) return error.message();
    return std::nullopt;
  });
  config.on_change("maxclients", [&settings]() -> config::Complaint {
    const auto lower = config::find_lower_client_limit(settings);
    if (!lower) return std::nullopt;
    return fmt::format("The operating system is not able to handle the specified number of clients, try with {}",
                       *lower);
  });
}

// Fewer connections are better than none; no connection at all is not.
bool fit_maxclients(dispatch::Settings& settings, const telemetry::Log& log) {
  const auto lower = config::find_lower_client_limit(settings);
  if (!lower) return true;
  if (*lower == 0) {
    log.warning("The limit on open files (ulimit -n) leaves no room for connections. Exiting.");
    return false;
  }
  log.warning("maxclients is lowered from {} to {}: the limit on open files (ulimit -n) has no room for more.",
              settings.maxclients.get(), *lower);
  settings.maxclients = *lower;
  return true;
}

// Puts the process into the place that the settings ask for; false if that is impossible.
bool enter_environment(const dispatch::Settings& settings, telemetry::Log& log) {
  std::error_code error;
  std::filesystem::current_path(settings.dir, error);
  if (error) {
    fmt::print(stderr, "Can't change to the directory '{}': {}\n", settings.dir, error.message());
    return false;
  }
  if (error = log.open(settings.logfile); error) {
    fmt::print(stderr, "Can't open the log file '{}': {}\n", settings.logfile, error.message());
    return false;
  }
  log.set_level(settings.loglevel);
  if (settings.daemonize) error = base::daemonize();
  if (error) log.warning("Can't go into the background: {}", error.message());
  return !error;
}

// False if the server cannot start.
bool serve(dispatch::Settings& settings, config::Config& config, const telemetry::Log& log) {
  base::PidFile pid_file(settings.pidfile);
  if (pid_file.error()) log.warning("Can't write the pid file '{}': {}", settings.pidfile, pid_file.error().message());
  base::Clock clock;
  clock.refresh();
  Server server(settings, config, log,
                {.run_id = base::random_hex(40),
                 .executable = base::executable_path(),
                 .config_file = config.file(),
                 .started_ms = clock.now_ms(),
                 .started_monotonic_us = base::monotonic_us()});
  if (const auto error = server.listen()) {
    log.warning("{}", *error);
    return false;
  }
  server.run();
  pid_file.remove();
  base::exit_without_freeing();
  return true;
}

int start(const CommandLine& command_line) {
  dispatch::Settings settings;
  config::Config config(settings);
  if (const auto error = config.load(command_line)) {
    fmt::print(stderr, "{}\n", *error);
    return EXIT_FAILURE;
  }
  telemetry::Log log;
  if (!enter_environment(settings, log)) return EXIT_FAILURE;
  log.notice("Sluice {} is starting, process {}; Redis {} is what it is compatible with", base::sluice_version(),
             ::getpid(), base::redis_version);
  if (config.file().empty()) log.notice("No configuration file: what the command line does not set has its default");
  if (!config.without_effect().empty()) {
    log.warning("These directives of the configuration have no effect here: {}",
                fmt::join(config.without_effect(), ", "));
  }
  if (!fit_maxclients(settings, log)) return EXIT_FAILURE;
  show_logo(settings, log);
  follow_changes(config, settings, log);
  const bool has_served = serve(settings, config, log);
  return has_served ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace sluice

int main(int argument_count, char** arguments) {
  using sluice::config::CommandLine;
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  const std::span<const char* const> words(arguments + 1, static_cast<std::size_t>(argument_count - 1));
  const CommandLine command_line = sluice::config::parse_command_line(words);
  switch (command_line.action) {
    case CommandLine::Action::print_version:
      sluice::print_version();
      return EXIT_SUCCESS;
    case CommandLine::Action::print_help:
      fmt::print("{}", sluice::help_text);
      return EXIT_SUCCESS;
    case CommandLine::Action::run_server:
      break;
  }
  return sluice::start(command_line);
}
