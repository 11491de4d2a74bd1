#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/client.hpp"
#include "tests/support/process.hpp"

namespace sluice::tests {

// What a server is started with, besides a free port and a folder of its own.
struct ServerOptions {
  std::string program;
  std::vector<std::string> arguments;
};

// A server under test as a process of its own, on a free port of the loopback interface and on a unix socket.
// Constructed, it answers; destroyed, it is ended with SIGTERM, and if its end goes unseen and is not a good one, the
// test program is aborted.
class ServerProcess {
 public:
  explicit ServerProcess(ServerOptions options);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  std::uint16_t port() const { return port_; }
  std::string unix_path() const { return folder_.path("socket"); }
  Process& process() { return *process_; }

  Client connect() const { return Client::connect_tcp(port_); }
  Client connect_unix() const { return Client::connect_unix(unix_path()); }

  // Asks it to end unless it has; waits until it has.
  ExitStatus terminate();
  ExitStatus wait();

  // The output of the process so far.
  std::string log() const { return read_file(folder_.path("log")); }

 private:
  bool start();
  bool answers();

  ServerOptions options_;
  TemporaryFolder folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
  bool is_end_known_ = false;  // to the test, which has looked at the exit status
};

// Sluice as it was built with these tests, with DEBUG allowed; `arguments` follow.
ServerOptions sluice_server(std::vector<std::string> arguments = {});

// The same, for tests that measure its memory: with a sanitizer too, what is freed is used again.
ServerOptions frugal_sluice_server(std::vector<std::string> arguments = {});

// redis-server as the machine has it.
ServerOptions redis_server();

}  // namespace sluice::tests
