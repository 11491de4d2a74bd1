#include "server/net/readiness.hpp"

#include <sys/epoll.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <system_error>

#include "server/base/clock.hpp"

namespace sluice::net {

namespace asio = boost::asio;

namespace {

int create_set() {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return set;
}

ReadyFor ready_for(std::uint32_t events) {
  const bool is_ending = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  return {.reading = is_ending || (events & EPOLLIN) != 0,
          .writing = is_ending || (events & EPOLLOUT) != 0,
          .ending = is_ending};
}

}  // namespace

Readiness::Readiness(IoExecutor executor, Sleep sleep)
    : executor_(executor), sleep_(sleep), set_(executor, create_set()) {
  await_events();
}

bool Readiness::watch(int descriptor, Listener& listener) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &listener;
  return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Readiness::run_soon() {
  if (is_going_round_ || is_posted_) return;
  is_posted_ = true;
  asio::post(executor_, [this] {
    is_posted_ = false;
    go_round();
  });
}

void Readiness::await_events() {
  if (is_awaiting_) return;
  is_awaiting_ = true;
  using Descriptor = boost::asio::posix::basic_stream_descriptor<IoExecutor>;
  set_.async_wait(Descriptor::wait_read, [this](const boost::system::error_code& error) {
    is_awaiting_ = false;
    if (!error) go_round();
  });
}

void Readiness::go_round() {
  is_going_round_ = true;
  const std::int64_t turn_ends_us = base::monotonic_us() + turn_ms_max * 1000;
  bool has_more_work = after_events_ && after_events_();
  bool is_quiet = false;
  while (!is_quiet && base::monotonic_us() < turn_ends_us) {
    const bool may_sleep = sleep_ == Sleep::here && !has_more_work;
    is_quiet = take_events(may_sleep ? turn_ms_max : 0) == 0 && !has_more_work;
    if (after_events_) has_more_work = after_events_();
  }
  is_going_round_ = false;
  if (has_more_work || !is_quiet) {
    run_soon();
  } else {
    await_events();
  }
}

int Readiness::take_events(int timeout_ms) {
  std::array<epoll_event, events_max> events;
  const int count = ::epoll_wait(set_.native_handle(), events.data(), events_max, timeout_ms);
  for (int index = 0; index < count; ++index) {
    const epoll_event& event = events[static_cast<std::size_t>(index)];
    static_cast<Listener*>(event.data.ptr)->on_ready(ready_for(event.events));
  }
  return count;
}

}  // namespace sluice::net
