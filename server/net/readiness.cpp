#include "server/net/readiness.hpp"

#include <sys/epoll.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

#include "server/base/clock.hpp"

namespace sluice::net {

namespace asio = boost::asio;

namespace {

int checked(int result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
  return result;
}

ReadyFor ready_for(std::uint32_t events) {
  const bool is_ending = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  return {.reading = is_ending || (events & EPOLLIN) != 0,
          .writing = is_ending || (events & EPOLLOUT) != 0,
          .ending = is_ending};
}

}  // namespace

Readiness::Readiness(IoExecutor executor, Sleep sleep)
    : executor_(executor), sleep_(sleep), set_(executor, checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
  // The alarm has no listener. Edge-triggered it need not be read.
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
  const int alarm = checked(alarm_.descriptor(), "timerfd_create");
  checked(::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, alarm, &event), "epoll_ctl");
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
  set_.async_wait(Descriptor::wait_read, [this](const boost::system::error_code& error) {
    is_awaiting_ = false;
    if (!error) go_round();
  });
}

void Readiness::go_round() {
  is_going_round_ = true;
  const std::int64_t turn_ends_us = base::monotonic_us() + turn_us_max;
  bool is_alarm_set = false;
  bool had_events = false;
  bool has_more_work = after_events_ && after_events_();
  bool is_idle = false;
  while (!is_idle && base::monotonic_us() < turn_ends_us) {
    const bool may_sleep = sleep_ == Sleep::here && !has_more_work;
    // A timeout for each wait would do as well, but arming a timer is dear, on virtual machines above all.
    if (may_sleep && !std::exchange(is_alarm_set, true)) alarm_.set(turn_ends_us);
    const bool has_events = take_events(may_sleep ? Wait::for_events : Wait::not_at_all);
    had_events |= has_events;
    is_idle = !has_events && !has_more_work;
    if (after_events_) has_more_work = after_events_();
  }
  is_going_round_ = false;
  // Where there was traffic there will be more: looking again at once is cheaper than being called by Asio.
  const bool is_busy = !is_idle || (sleep_ == Sleep::here && had_events);
  if (has_more_work || is_busy) {
    run_soon();
  } else {
    await_events();
  }
}

// Returns whether a socket had events; the alarm is none.
bool Readiness::take_events(Wait wait) {
  std::array<epoll_event, events_max> events;
  const int timeout = wait == Wait::for_events ? -1 : 0;
  const int count = ::epoll_wait(set_.native_handle(), events.data(), events_max, timeout);
  bool has_events = false;
  for (int index = 0; index < count; ++index) {
    const epoll_event& event = events[static_cast<std::size_t>(index)];
    if (event.data.ptr == nullptr) continue;
    has_events = true;
    static_cast<Listener*>(event.data.ptr)->on_ready(ready_for(event.events));
  }
  return has_events;
}

}  // namespace sluice::net
