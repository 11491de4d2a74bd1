// A bare epoll loop that answers +OK to every request and stores nothing: bench_floor PORT
//
// No server on sockets can take less CPU for a command, so what a server takes above this is what it does. Requests are
// counted by their first byte, '*': it must not occur in the words, and inline requests are not answered. The measured
// commands keep to that.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view reply = "+OK\r\n";
constexpr std::size_t read_bytes_max = 65536;

int listen_on(std::uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_bound = ::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  return is_bound && ::listen(listener, 1024) == 0 ? listener : -1;
}

void watch(int set, int descriptor) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
  ::epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event);
}

void accept_one(int set, int listener) {
  const int client = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (client < 0) return;
  const int on = 1;
  ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch(set, client);
}

// Reads once, and answers all requests that have begun in what came with one write.
void serve(int client, std::vector<char>& request, const std::vector<char>& replies) {
  const ssize_t count = ::read(client, request.data(), request.size());
  if (count <= 0) {
    ::close(client);
    return;
  }
  const auto requests =
      static_cast<std::size_t>(std::ranges::count(std::span(request).first(static_cast<std::size_t>(count)), '*'));
  if (requests > 0 && ::write(client, replies.data(), requests * reply.size()) < 0) ::close(client);
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return EXIT_FAILURE;
  const int listener = listen_on(static_cast<std::uint16_t>(std::atoi(arguments[1])));
  if (listener < 0) {
    std::perror("bench_floor");
    return EXIT_FAILURE;
  }
  std::vector<char> request(read_bytes_max);
  std::vector<char> replies;
  for (std::size_t number = 0; number < read_bytes_max; ++number)
    replies.insert(replies.end(), reply.begin(), reply.end());
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  watch(set, listener);
  std::array<epoll_event, 128> events;
  while (true) {
    const int count = ::epoll_wait(set, events.data(), events.size(), -1);
    for (const epoll_event& event : std::span(events).first(static_cast<std::size_t>(std::max(count, 0)))) {
      event.data.fd == listener ? accept_one(set, listener) : serve(event.data.fd, request, replies);
    }
  }
}
