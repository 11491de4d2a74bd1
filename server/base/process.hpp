#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <system_error>

namespace sluice::base {

// Goes on in the background: a child process without terminal, standard streams on /dev/null, while the calling process
// ends. To be called while the process has one thread.
std::error_code daemonize();

// The file that names the process while it runs. Removed on destruction if it could be written.
class PidFile {
 public:
  // An empty path is no file.
  explicit PidFile(std::string path);
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;
  ~PidFile() { remove(); }

  void remove();

  // Why the file could not be written; no error if it was, or was not asked for.
  std::error_code error() const { return error_; }

 private:
  std::string path_;
  std::error_code error_;
};

// Raises the number of files that the process may have open at a time towards `wanted`, and returns what it is then:
// `wanted` or more, or as many as the system allows.
std::int64_t raise_open_files_limit(std::int64_t wanted);

// Ends the process with success. Freeing millions of keys one by one would take seconds: the system takes all back at
// once. Returns in builds with sanitizers, where everything is to be freed so that what is lost shows.
void exit_without_freeing();

// Says on standard error what was thrown, and aborts.
[[noreturn]] void die(const std::exception_ptr& error);

// The path of the program that runs.
std::string executable_path();

}  // namespace sluice::base
