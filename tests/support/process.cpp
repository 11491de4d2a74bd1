#include "tests/support/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <thread>

namespace sluice::tests {

namespace {

constexpr int cannot_run = 127;  // the shell's status for this

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

const char* or_nothing(const std::string& path) {
  return path.empty() ? "/dev/null" : path.c_str();
}

// Between fork() and exec(): only what may be called there.
[[noreturn]] void become(char* const* words, const Process::Options& options, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(cannot_run);
  const int input = ::open(or_nothing(options.input_path), O_RDONLY);
  const int output = ::open(or_nothing(options.output_path), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (input < 0 || output < 0) ::_exit(cannot_run);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::close(input);
  ::close(output);
  ::execvp(words[0], words);
  ::_exit(cannot_run);
}

ExitStatus exit_status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

// The n-th blank-separated field, from 1, behind the process's name in /proc/ID/stat, counted as the manual does.
std::uint64_t stat_field(pid_t id, int number) {
  const std::string line = read_file("/proc/" + std::to_string(id) + "/stat");
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string field;
  for (int at = 3; at <= number; ++at) fields >> field;
  return std::stoull(field);
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "sluice-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw_errno("mkdtemp");
  folder_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Process::Process(const std::vector<std::string>& command, const Options& options) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t parent = ::getpid();
  id_ = ::fork();
  if (id_ < 0) throw_errno("fork");
  if (id_ == 0) become(words.data(), options, parent);
}

Process::~Process() {
  if (try_wait()) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

void Process::signal(int number) const {
  if (::kill(id_, number) != 0) throw_errno("kill");
}

void Process::limit_descriptors(int count) const {
  const rlimit limit{static_cast<rlim_t>(count), static_cast<rlim_t>(count)};
  if (::prlimit(id_, RLIMIT_NOFILE, &limit, nullptr) != 0) throw_errno("prlimit");
}

void Process::limit_address_space(std::size_t bytes) const {
  const rlimit limit{bytes, bytes};
  if (::prlimit(id_, RLIMIT_AS, &limit, nullptr) != 0) throw_errno("prlimit");
}

std::optional<ExitStatus> Process::try_wait() {
  int status = 0;
  if (!exit_status_ && ::waitpid(id_, &status, WNOHANG) == id_) exit_status_ = exit_status_of(status);
  return exit_status_;
}

ExitStatus Process::wait(std::chrono::milliseconds limit) {
  if (!eventually([this] { return try_wait().has_value(); }, limit)) throw Timeout("the process does not end");
  return *exit_status_;
}

std::size_t Process::resident_bytes() const {
  constexpr int resident_pages = 24;
  return stat_field(id_, resident_pages) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t Process::resident_bytes_peak() const {
  constexpr std::string_view field = "VmHWM:";
  constexpr std::size_t kibibyte = 1024;
  const std::string status = read_file("/proc/" + std::to_string(id_) + "/status");
  return std::stoul(status.substr(status.find(field) + field.size())) * kibibyte;
}

std::chrono::milliseconds Process::cpu_time() const {
  constexpr int user_ticks = 14;
  constexpr int system_ticks = 15;
  const std::uint64_t ticks = stat_field(id_, user_ticks) + stat_field(id_, system_ticks);
  return std::chrono::milliseconds(ticks * 1000 / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)));
}

ProgramResult run_program(const std::vector<std::string>& command, const std::string& input) {
  const TemporaryFolder folder;
  Process::Options options{.output_path = folder.path("output"), .input_path = folder.path("input")};
  std::ofstream(options.input_path, std::ios::binary) << input;
  Process process(command, options);
  const ExitStatus status = process.wait();
  return {status, read_file(options.output_path)};
}

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void pause_between_polls() {
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace sluice::tests
