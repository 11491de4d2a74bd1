#include "server/net/outbox.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::net {

void Outbox::push(dispatch::SharedBytes bytes) {
  owed_bytes_.fetch_add(bytes->size(), std::memory_order_relaxed);
  owed_pushed_bytes_.fetch_add(bytes->size(), std::memory_order_relaxed);
  owed_pushed_count_.fetch_add(1, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  pushed_.push_back({answer_count_, std::move(bytes)});
}

void Outbox::note_answer(std::size_t reply_bytes) {
  owed_bytes_.fetch_add(reply_bytes, std::memory_order_relaxed);
  ++answer_count_;
}

void Outbox::take(std::uint64_t answers_seen, std::vector<dispatch::SharedBytes>& taken) {
  const std::lock_guard lock(mutex_);
  const auto end =
      std::ranges::find_if(pushed_, [&](const Pushed& each) { return each.answers_before > answers_seen; });
  std::ranges::transform(pushed_.begin(), end, std::back_inserter(taken),
                         [](Pushed& each) { return std::move(each.bytes); });
  pushed_.erase(pushed_.begin(), end);
}

}  // namespace sluice::net
