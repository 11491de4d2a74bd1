#include "server/telemetry/log.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::telemetry {
namespace {

// A log in a file of its own, gone with it.
class FileLog {
 public:
  FileLog() : path_(std::filesystem::temp_directory_path() / ("sluice-log-" + std::to_string(::getpid()))) {
    std::filesystem::remove(path_);
    REQUIRE_FALSE(log.open(path_));
  }
  FileLog(const FileLog&) = delete;
  FileLog& operator=(const FileLog&) = delete;
  ~FileLog() { std::filesystem::remove(path_); }

  std::string text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  std::ptrdiff_t line_count() const { return std::ranges::count(text(), '\n'); }
  const std::filesystem::path& path() const { return path_; }

  Log log;

 private:
  std::filesystem::path path_;
};

TEST_CASE("a line names the process, the time to the millisecond and the severity") {
  // The date depends on the time zone, milliseconds and seconds do not.
  const std::string line = format_log_line(Severity::warning, "no room", 42, 1'700'000'000'123'456);
  CHECK(line.starts_with("42:M "));
  CHECK(line.find(" Nov 2023 ") != std::string::npos);
  CHECK(line.ends_with(":20.123 # no room\n"));
}

TEST_CASE("each severity has its mark") {
  CHECK(format_log_line(Severity::debug, "m", 1, 0).ends_with(" . m\n"));
  CHECK(format_log_line(Severity::verbose, "m", 1, 0).ends_with(" - m\n"));
  CHECK(format_log_line(Severity::notice, "m", 1, 0).ends_with(" * m\n"));
}

TEST_CASE("what is less severe than the level is left out") {
  FileLog file;
  file.log.verbose("left out by default");
  file.log.notice("written");
  CHECK(file.line_count() == 1);
  file.log.set_level("debug");
  file.log.write(Severity::debug, "written now");
  CHECK(file.line_count() == 2);
  file.log.set_level("nothing");
  file.log.warning("not even {}", "this");
  CHECK(file.line_count() == 2);
}

TEST_CASE("a file that was moved away is made again") {
  FileLog file;
  file.log.notice("first");
  std::filesystem::remove(file.path());
  file.log.notice("second");
  CHECK(file.text().find("second") != std::string::npos);
}

TEST_CASE("a file that cannot be written is told at once") {
  Log log;
  CHECK(log.open("/nowhere/at/all/log") == std::errc::no_such_file_or_directory);
}

}  // namespace
}  // namespace sluice::telemetry
