#include "server/base/process.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <utility>

namespace sluice::base {

std::error_code daemonize() {
  const pid_t child = ::fork();
  if (child < 0) return {errno, std::generic_category()};
  if (child > 0) std::_Exit(EXIT_SUCCESS);
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR);
  if (null < 0) return {errno, std::generic_category()};
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, stream);
  if (null > STDERR_FILENO) ::close(null);
  return {};
}

PidFile::PidFile(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  errno = 0;
  std::ofstream file(path_);
  file << ::getpid() << '\n' << std::flush;
  if (!file) error_ = {errno, std::generic_category()};
}

void PidFile::remove() {
  if (!path_.empty() && !error_) ::unlink(path_.c_str());
  path_.clear();
}

std::int64_t raise_open_files_limit(std::int64_t wanted) {
  const auto wanted_files = static_cast<rlim_t>(wanted);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur >= wanted_files) return wanted;
  // Above the hard limit only the privileged come, and not above what the kernel allows at all.
  const rlimit everything{wanted_files, std::max(limit.rlim_max, wanted_files)};
  if (::setrlimit(RLIMIT_NOFILE, &everything) == 0) return wanted;
  const rlimit allowed{std::min(limit.rlim_max, wanted_files), limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &allowed) == 0) limit = allowed;
  const rlim_t files = std::min<rlim_t>(limit.rlim_cur, std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(files);
}

void exit_without_freeing() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  std::exit(EXIT_SUCCESS);
#endif
}

void die(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "The server cannot go on: %s\n", exception.what());
  } catch (...) {
    std::fputs("The server cannot go on: an unknown exception\n", stderr);
  }
  std::abort();
}

std::string executable_path() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).string();
}

}  // namespace sluice::base
