#include "server/net/outbox.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::net {

bool Outbox::push(dispatch::SharedBytes bytes) {
  given_.bytes += bytes->size();
  given_.pushed_bytes += bytes->size();
  ++given_.pushed_count;
  const std::lock_guard lock(mutex_);
  pushed_.push_back({answer_count_, std::move(bytes)});
  has_pushed_.store(true, std::memory_order_release);
  return pushed_.size() == 1;
}

void Outbox::note_answer(std::size_t reply_bytes) {
  given_.bytes += reply_bytes;
  ++answer_count_;
}

void Outbox::take(std::uint64_t answers_seen, std::vector<dispatch::SharedBytes>& taken) {
  if (!has_pushed_.load(std::memory_order_acquire)) [[likely]]
    return;
  const std::lock_guard lock(mutex_);
  const auto end =
      std::ranges::find_if(pushed_, [&](const Pushed& each) { return each.answers_before > answers_seen; });
  taken.reserve(taken.size() + static_cast<std::size_t>(end - pushed_.begin()));
  std::ranges::transform(pushed_.begin(), end, std::back_inserter(taken),
                         [](Pushed& each) { return std::move(each.bytes); });
  pushed_.erase(pushed_.begin(), end);
  has_pushed_.store(!pushed_.empty(), std::memory_order_relaxed);
}

}  // namespace sluice::net
