#include "server/telemetry/log.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <ctime>

namespace sluice::telemetry {

namespace {

// In the order of Severity.
constexpr std::array<std::string_view, 4> level_names = {"debug", "verbose", "notice", "warning"};
constexpr std::array<char, 4> level_marks = {'.', '-', '*', '#'};

int open_for_append(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

std::int64_t unix_now_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace

std::error_code Log::open(std::string path) {
  if (!path.empty()) {
    const int descriptor = open_for_append(path);
    if (descriptor < 0) return {errno, std::generic_category()};
    ::close(descriptor);
  }
  path_ = std::move(path);
  return {};
}

void Log::set_level(std::string_view level) {
  const auto* const found = std::ranges::find(level_names, level);
  least_severity_ = found == level_names.end() ? nothing : static_cast<int>(found - level_names.begin());
}

// One write() per line keeps the lines of several threads apart. A log that cannot be written has nobody to tell.
void Log::write(Severity severity, std::string_view message) const {
  if (static_cast<int>(severity) < least_severity_) return;
  const std::string line = format_log_line(severity, message, ::getpid(), unix_now_us());
  const int descriptor = path_.empty() ? STDOUT_FILENO : open_for_append(path_);
  if (descriptor < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(descriptor, line.data(), line.size());
  if (!path_.empty()) ::close(descriptor);
}

std::string format_log_line(Severity severity, std::string_view message, int process_id, std::int64_t unix_us) {
  const std::time_t seconds = unix_us / 1'000'000;
  const std::int64_t milliseconds = unix_us / 1000 % 1000;
  return fmt::format("{}:M {:%d %b %Y %H:%M:%S}.{:03} {} {}\n", process_id, fmt::localtime(seconds), milliseconds,
                     level_marks[static_cast<std::size_t>(severity)], message);
}

}  // namespace sluice::telemetry
