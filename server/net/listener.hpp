#pragma once

#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/dispatch/state/settings.hpp"
#include "server/dispatch/state/statistics.hpp"
#include "server/net/connection_count.hpp"
#include "server/net/handler.hpp"

namespace sluice::net {

// Opens the server's listening sockets, accepts connections and hands each to the next I/O thread in turn. An accept
// that fails (no descriptors left, say) is tried again a little later; the other connections do not feel it.
//
// Runs on the thread of `executor`; it must outlive all that runs there.
class Listener {
 public:
  // `threads`: what a Handler needs, per I/O thread; at least one.
  Listener(IoExecutor executor, std::vector<HandlerParts> threads, ConnectionCount& connections,
           dispatch::Statistics& statistics);

  // Listens on `port` at every address, and no longer where it listened before; port 0 is nowhere. "*" and "::*" are
  // all addresses of IPv4 and IPv6. An address that starts with '-' may be unavailable. Connections that exist stay.
  // Returns what went wrong, or nothing; after an error it listens nowhere.
  std::optional<std::string> listen_tcp(const std::vector<std::string>& addresses, std::uint16_t port, int backlog);
  // Replaces a stale socket file. `mode`: permission bits, 0 to leave them as they are.
  std::optional<std::string> listen_unix(const std::string& path, unsigned mode, int backlog);

  void start();
  // Accepts nothing more; removes the socket file.
  void stop();

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol, IoExecutor>;

  using Acceptors = std::vector<std::shared_ptr<Acceptor>>;

  // Each coroutine shares its acceptor, which may be closed and let go of while it waits.
  Awaitable<> accept_all(std::shared_ptr<Acceptor> acceptor);
  void start(const Acceptors& acceptors);
  static void close(Acceptors& acceptors);
  std::optional<std::string> open_tcp(std::string address, std::uint16_t port, int backlog, Acceptors& opened);
  void accept_waiting(int acceptor, bool& has_failed);
  void admit_or_refuse(Socket socket);
  void admit(Socket socket);

  IoExecutor executor_;
  std::vector<HandlerParts> threads_;
  std::size_t next_thread_ = 0;
  ConnectionCount& connections_;
  dispatch::Statistics& statistics_;
  Acceptors tcp_acceptors_;
  Acceptors unix_acceptors_;
  bool is_started_ = false;
  std::string unix_path_;
  std::uint64_t last_id_ = 0;
};

}  // namespace sluice::net
