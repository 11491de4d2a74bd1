#pragma once

#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace sluice::telemetry {

enum class Severity : std::uint8_t { debug, verbose, notice, warning };

// The server's log: a line for each message, "PID:M DAY MONTH YEAR HH:MM:SS.mmm LEVEL message", as the tools around
// Redis read it. Goes to standard output or to a file, which is opened anew for each line, so that it may be moved away
// at any time. Lines of several threads do not mix.
class Log {
 public:
  // Where to write; an empty path is standard output. Complains if the file cannot be written. Before threads start.
  std::error_code open(std::string path);

  // `level` is a value of the directive loglevel: the least severity that is written, or "nothing".
  void set_level(std::string_view level);

  void write(Severity severity, std::string_view message) const;

  template <class... Values>
  void verbose(fmt::format_string<Values...> format, Values&&... values) const {
    write(Severity::verbose, fmt::format(format, std::forward<Values>(values)...));
  }
  template <class... Values>
  void notice(fmt::format_string<Values...> format, Values&&... values) const {
    write(Severity::notice, fmt::format(format, std::forward<Values>(values)...));
  }
  template <class... Values>
  void warning(fmt::format_string<Values...> format, Values&&... values) const {
    write(Severity::warning, fmt::format(format, std::forward<Values>(values)...));
  }

 private:
  static constexpr int nothing = static_cast<int>(Severity::warning) + 1;

  std::string path_;
  std::atomic<int> least_severity_ = static_cast<int>(Severity::notice);
};

// The line that Log writes for a message, with its line end. `unix_us` is the time in microseconds, shown as local
// time.
std::string format_log_line(Severity severity, std::string_view message, int process_id, std::int64_t unix_us);

}  // namespace sluice::telemetry
