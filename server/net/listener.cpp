#include "server/net/listener.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <new>
#include <utility>

#include "server/net/accept_policy.hpp"
#include "server/net/spawn.hpp"

namespace sluice::net {

namespace asio = boost::asio;
using asio::generic::stream_protocol;
using boost::system::error_code;
using dispatch::Endpoints;

namespace {

std::string describe(const stream_protocol::endpoint& endpoint) {
  asio::ip::tcp::endpoint tcp;
  std::memcpy(tcp.data(), endpoint.data(), std::min<std::size_t>(endpoint.size(), tcp.capacity()));
  const asio::ip::address address = tcp.address();
  return address.is_v6() ? fmt::format("[{}]:{}", address.to_string(), tcp.port())
                         : fmt::format("{}:{}", address.to_string(), tcp.port());
}

bool is_loopback(const stream_protocol::endpoint& endpoint) {
  asio::ip::tcp::endpoint tcp;
  std::memcpy(tcp.data(), endpoint.data(), std::min<std::size_t>(endpoint.size(), tcp.capacity()));
  const asio::ip::address address = tcp.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
  }
  return address.is_loopback();
}

// An address of the socket's, its own or its peer's; nothing if the peer has gone already.
using AddressGetter = int (*)(int, sockaddr*, socklen_t*);
std::optional<stream_protocol::endpoint> find_address(const Socket& socket, AddressGetter get_address) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (get_address(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return std::nullopt;
  return stream_protocol::endpoint(&address, std::min<std::size_t>(size, sizeof address));
}

std::optional<Endpoints> find_endpoints(const Socket& socket, const std::string& unix_path) {
  const auto local = find_address(socket, ::getsockname);
  if (!local) return std::nullopt;
  if (local->protocol().family() == AF_UNIX) {
    return Endpoints{unix_path + ":0", unix_path + ":0", socket.descriptor(), true, true};
  }
  const auto peer = find_address(socket, ::getpeername);
  if (!peer) return std::nullopt;
  return Endpoints{describe(*peer), describe(*local), socket.descriptor(), false, is_loopback(*peer)};
}

// Probes start after `seconds` of silence and repeat until about twice that has passed; 0 switches them off.
void set_keepalive(const Socket& socket, std::int64_t seconds) {
  if (seconds <= 0) return;
  constexpr int probes = 3;
  const int handle = socket.descriptor();
  const int idle = static_cast<int>(seconds);
  const int interval = std::max(1, idle / probes);
  const int on = 1;
  ::setsockopt(handle, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(handle, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  ::setsockopt(handle, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  ::setsockopt(handle, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

void turn_away(Socket& socket, std::string_view line) {
  const std::string reply = fmt::format("-{}\r\n", line);
  socket.write_some(reply);
}

}  // namespace

Listener::Listener(IoExecutor executor, std::vector<HandlerParts> threads, ConnectionCount& connections,
                   dispatch::Statistics& statistics)
    : executor_(executor), threads_(std::move(threads)), connections_(connections), statistics_(statistics) {}

std::optional<std::string> Listener::listen_tcp(const std::vector<std::string>& addresses, std::uint16_t port,
                                                int backlog) {
  close(tcp_acceptors_);
  Acceptors opened;
  if (port != 0) {
    for (const std::string& address : addresses) {
      if (auto error = open_tcp(address, port, backlog, opened)) return error;
    }
  }
  tcp_acceptors_ = std::move(opened);
  if (is_started_) start(tcp_acceptors_);
  return std::nullopt;
}

std::optional<std::string> Listener::open_tcp(std::string address, std::uint16_t port, int backlog, Acceptors& opened) {
  const bool is_optional = address.starts_with('-');
  if (is_optional) address.erase(0, 1);
  if (address == "*") address = "0.0.0.0";
  if (address == "::*") address = "::";
  error_code error;
  const asio::ip::address ip = asio::ip::make_address(address, error);
  if (error)
    return fmt::format("Could not create server TCP listening socket {}:{}: {}", address, port, error.message());
  const asio::ip::tcp::endpoint endpoint(ip, port);
  auto acceptor = std::make_shared<Acceptor>(executor_);
  acceptor->open(endpoint.protocol(), error);
  if (!error && ip.is_v6()) acceptor->set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor->set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(backlog, error);
  if (!error) {
    opened.push_back(std::move(acceptor));
    return std::nullopt;
  }
  const bool is_unavailable =
      error == asio::error::address_family_not_supported || error == boost::system::errc::address_not_available;
  if (is_optional && is_unavailable) return std::nullopt;
  return fmt::format("Could not create server TCP listening socket {}:{}: bind: {}", address, port, error.message());
}

std::optional<std::string> Listener::listen_unix(const std::string& path, unsigned mode, int backlog) {
  ::unlink(path.c_str());
  error_code error;
  auto acceptor = std::make_shared<Acceptor>(executor_);
  const asio::local::stream_protocol::endpoint endpoint(path);
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(backlog, error);
  if (error) return fmt::format("Failed opening Unix socket: {}: {}", path, error.message());
  if (mode != 0 && ::chmod(path.c_str(), mode) != 0) {
    return fmt::format("Failed opening Unix socket: {}: {}", path, std::strerror(errno));
  }
  unix_path_ = path;
  unix_acceptors_.push_back(std::move(acceptor));
  return std::nullopt;
}

void Listener::start() {
  is_started_ = true;
  start(tcp_acceptors_);
  start(unix_acceptors_);
}

void Listener::start(const Acceptors& acceptors) {
  for (const auto& acceptor : acceptors) {
    for (const HandlerParts& thread : threads_) thread.readiness.make_way_for(acceptor->native_handle());
    spawn(executor_, accept_all(acceptor));
  }
}

void Listener::stop() {
  close(tcp_acceptors_);
  close(unix_acceptors_);
  if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
}

void Listener::close(Acceptors& acceptors) {
  error_code ignored;
  for (const auto& acceptor : acceptors) acceptor->close(ignored);
  acceptors.clear();
}

Awaitable<> Listener::accept_all(std::shared_ptr<Acceptor> acceptor) {
  // Long enough not to spin while descriptors are lacking, short enough to go unnoticed once there are some again.
  constexpr auto retry_after = std::chrono::milliseconds(100);
  SteadyTimer timer(executor_);
  while (acceptor->is_open()) {
    auto arrival = acceptor->async_wait(Acceptor::wait_read, asio::as_tuple(asio::deferred));
    const auto [error] = co_await std::move(arrival);
    if (error) continue;
    bool has_failed = false;
    accept_waiting(acceptor->native_handle(), has_failed);
    if (!has_failed) continue;
    timer.expires_after(retry_after);
    auto wait = timer.async_wait(asio::as_tuple(asio::deferred));
    co_await std::move(wait);
  }
}

// Accepts some of those who wait, few enough that a storm of them does not keep the others waiting.
void Listener::accept_waiting(int acceptor, bool& has_failed) {
  constexpr int accepted_max = 64;
  for (int count = 0; count < accepted_max; ++count) {
    Socket socket(::accept4(acceptor, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.is_open()) {
      admit_or_refuse(std::move(socket));
    } else if (errno != ECONNABORTED && errno != EINTR) {
      has_failed = errno != EAGAIN && errno != EWOULDBLOCK;
      return;
    }
  }
}

// A connection that there is no memory for is closed; the server goes on.
void Listener::admit_or_refuse(Socket socket) {
  try {
    admit(std::move(socket));
  } catch (const std::bad_alloc&) {
    ++statistics_.connections_rejected;
  }
}

void Listener::admit(Socket socket) {
  const HandlerParts& parts = threads_[next_thread_];
  auto endpoints = find_endpoints(socket, unix_path_);
  if (!endpoints) return;
  ++statistics_.connections_received;
  if (const auto refusal = refuse_connection(*endpoints, parts.settings, connections_.get())) {
    ++statistics_.connections_rejected;
    turn_away(socket, *refusal);
    return;
  }
  if (!endpoints->is_unix_socket) {
    const int on = 1;
    ::setsockopt(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    set_keepalive(socket, parts.settings.tcp_keepalive);
  }
  next_thread_ = (next_thread_ + 1) % threads_.size();
  Handler::start(std::make_shared<Handler>(parts, std::move(socket), ++last_id_, std::move(*endpoints),
                                           ConnectionCount::Place(connections_)));
}

}  // namespace sluice::net
