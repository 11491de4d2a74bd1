#include "tests/support/server_process.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace sluice::tests {

namespace {

// A port that nobody used a moment ago.
std::uint16_t find_free_port() {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), generic, size) != 0 || ::getsockname(socket.get(), generic, &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "no free port");
  }
  return ntohs(address.sin_port);
}

}  // namespace

ServerProcess::ServerProcess(ServerOptions options) : options_(std::move(options)) {
  // Another process may take the port before the server does.
  constexpr int attempts = 5;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    if (start()) return;
  }
  throw std::runtime_error(options_.program + " does not start:\n" + log());
}

ServerProcess::~ServerProcess() {
  if (is_end_known_) return;
  std::string problem;
  try {
    const ExitStatus status = terminate();
    if (status == 0) return;
    problem = "ended with status " + std::to_string(status);
  } catch (const std::exception& error) {
    problem = error.what();
  }
  // A destructor cannot fail a test in any other way, and a sanitizer's findings must not go unseen.
  fmt::print(stderr, "{}: {}\n{}", options_.program, problem, log());
  std::abort();
}

// False if the server ended at once.
bool ServerProcess::start() {
  port_ = find_free_port();
  std::vector<std::string> command{options_.program, "--port", std::to_string(port_), "--unixsocket", unix_path()};
  command.insert(command.end(), options_.arguments.begin(), options_.arguments.end());
  process_ = std::make_unique<Process>(command, Process::Options{.output_path = folder_.path("log")});
  if (!eventually([this] { return process_->try_wait() || answers(); })) throw Timeout("the server does not answer");
  return !process_->try_wait();
}

bool ServerProcess::answers() {
  try {
    return connect().ask({"PING"}).kind != protocol::Reply::Kind::null;
  } catch (const std::system_error&) {
    return false;
  }
}

ExitStatus ServerProcess::terminate() {
  if (!process_->try_wait()) process_->signal(SIGTERM);
  return wait();
}

ExitStatus ServerProcess::wait() {
  is_end_known_ = true;
  return process_->wait();
}

ServerOptions sluice_server(std::vector<std::string> arguments) {
  ServerOptions options{.program = SLUICE_PROGRAM, .arguments = {"--enable-debug-command", "yes"}};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  return options;
}

ServerOptions frugal_sluice_server(std::vector<std::string> arguments) {
  // The address sanitizer keeps a quarter of a gigabyte of what was freed, to notice its use, unless told otherwise.
  ::setenv("ASAN_OPTIONS", "quarantine_size_mb=1", 1);
  return sluice_server(std::move(arguments));
}

ServerOptions redis_server() {
  return {.program = "redis-server",
          .arguments = {"--enable-debug-command", "yes", "--save", "", "--appendonly", "no"}};
}

}  // namespace sluice::tests
