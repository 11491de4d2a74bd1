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
  checked(alarm_.descriptor(), "timerfd_create");
  checked(watch_for_asio(alarm_.descriptor()), "epoll_ctl");
  await_events();
}

void Readiness::make_way_for(int descriptor) {
  if (sleep_ == Sleep::here) watch_for_asio(descriptor);
}

// A descriptor without a listener ends the turn. Edge-triggered, it need not be read.
int Readiness::watch_for_asio(int descriptor) {
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
  return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor, &event);
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
  bool goes_on = false;
  if (sleep_ == Sleep::in_asio) {
    goes_on = go_round_briefly();
  } else if (asio_rounds_left_ > 0) {
    --asio_rounds_left_;
    go_round_once();
    goes_on = true;
  } else {
    goes_on = go_round_sleeping();
  }
  is_going_round_ = false;
  if (goes_on) {
    run_soon();
  } else {
    await_events();
  }
}

// Asio's turn: between these rounds it does what is in its queue.
void Readiness::go_round_once() {
  take_events(Wait::not_at_all);
  if (after_events_ && after_events_()) end_turn();
}

// A turn of this object's. Returns whether to go on: not after a whole turn without an event, so that nearly all
// sleeping is done here.
bool Readiness::go_round_sleeping() {
  const std::int64_t turn_ends_us = base::monotonic_us() + turn_us_max;
  bool had_events = false;
  bool is_alarm_set = false;
  is_turn_over_ = false;
  bool has_more_work = after_events_ && after_events_();
  while (!is_turn_over_ && base::monotonic_us() < turn_ends_us) {
    // A timeout for each wait would do as well, but arming a timer is dear, on virtual machines above all.
    if (!has_more_work && !std::exchange(is_alarm_set, true)) alarm_.set(turn_ends_us);
    had_events |= take_events(has_more_work ? Wait::not_at_all : Wait::for_events);
    has_more_work = after_events_ && after_events_();
  }
  const bool was_cut_short = base::monotonic_us() < turn_ends_us;
  if (!had_events && !has_more_work && !was_cut_short) return false;
  asio_rounds_left_ = asio_rounds_max;
  return true;
}

// Goes round while there is something to do, for a turn at most. Returns whether there is more.
bool Readiness::go_round_briefly() {
  const std::int64_t turn_ends_us = base::monotonic_us() + turn_us_max;
  bool has_more_work = after_events_ && after_events_();
  while (base::monotonic_us() < turn_ends_us) {
    const bool has_events = take_events(Wait::not_at_all);
    const bool had_work = has_more_work;
    has_more_work = after_events_ && after_events_();
    if (!has_events && !had_work && !has_more_work) return false;
  }
  return true;
}

// Returns whether a socket had events.
bool Readiness::take_events(Wait wait) {
  std::array<epoll_event, events_max> events;
  const int timeout = wait == Wait::for_events ? -1 : 0;
  const int count = ::epoll_wait(set_.native_handle(), events.data(), events_max, timeout);
  // A signal is Asio's business.
  if (count < 0) end_turn();
  bool has_events = false;
  for (int index = 0; index < count; ++index) {
    const epoll_event& event = events[static_cast<std::size_t>(index)];
    if (event.data.ptr == nullptr) {
      end_turn();
      continue;
    }
    has_events = true;
    static_cast<Listener*>(event.data.ptr)->on_ready(ready_for(event.events));
  }
  return has_events;
}

}  // namespace sluice::net
