#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/client.hpp"

namespace sluice::tests {

// A folder below the system's temporary one, removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
};

// How a process ended: its exit status, or 128 and the number of the signal that ended it.
using ExitStatus = int;

// A child process whose output goes to a file. Killed if it still runs when it is destroyed.
class Process {
 public:
  struct Options {
    std::string output_path;  // standard output and error; "" drops them
    std::string input_path;   // standard input; "" is an empty one
  };

  // Looks `command`'s first word up in PATH unless it has a '/'.
  Process(const std::vector<std::string>& command, const Options& options);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  pid_t id() const { return id_; }
  void signal(int number) const;
  // How many descriptors it may have open from now on; those beyond stay open.
  void limit_descriptors(int count) const;

  // How much address space it may take from now on; the process finds out when it asks for more.
  void limit_address_space(std::size_t bytes) const;

  // Nothing while it runs.
  std::optional<ExitStatus> try_wait();
  // Waits; throws Timeout after `limit`.
  ExitStatus wait(std::chrono::milliseconds limit = patience);

  // What the kernel counts for the process.
  std::size_t resident_bytes() const;
  std::size_t resident_bytes_peak() const;  // the most that it has been since the process began
  std::chrono::milliseconds cpu_time() const;

 private:
  pid_t id_ = -1;
  std::optional<ExitStatus> exit_status_;
};

struct ProgramResult {
  ExitStatus exit_status = 0;
  std::string output;
};

// Runs a program to its end with `input` on its standard input.
ProgramResult run_program(const std::vector<std::string>& command, const std::string& input = {});

std::string read_file(const std::string& path);

void pause_between_polls();

// Asks `condition` again and again, a few milliseconds apart, until it holds. False if it still does not after `limit`.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = patience) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    pause_between_polls();
  }
  return true;
}

}  // namespace sluice::tests
