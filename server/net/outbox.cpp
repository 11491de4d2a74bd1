#include "server/net/outbox.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::net {

bool Outbox::add(Piece piece) {
  const std::size_t size = piece.bytes->size();
  const bool is_pushed = piece.is_pushed;
  const std::lock_guard lock(mutex_);
  pushed_.push_back({answer_count_, std::move(piece)});
  given_.bytes += size;
  if (is_pushed) {
    given_.pushed_bytes += size;
    ++given_.pushed_count;
  }
  has_pushed_.store(true, std::memory_order_release);
  return pushed_.size() == 1;
}

void Outbox::note_answer(std::size_t reply_bytes) {
  given_.bytes += reply_bytes;
  ++answer_count_;
}

void Outbox::take(std::uint64_t answers_seen, std::vector<Piece>& taken) {
  if (!has_pushed_.load(std::memory_order_acquire)) [[likely]]
    return;
  const std::lock_guard lock(mutex_);
  const auto end =
      std::ranges::find_if(pushed_, [&](const Pushed& each) { return each.answers_before > answers_seen; });
  taken.reserve(taken.size() + static_cast<std::size_t>(end - pushed_.begin()));
  std::ranges::transform(pushed_.begin(), end, std::back_inserter(taken),
                         [](Pushed& each) { return std::move(each.piece); });
  pushed_.erase(pushed_.begin(), end);
  has_pushed_.store(!pushed_.empty(), std::memory_order_relaxed);
}

}  // namespace sluice::net
