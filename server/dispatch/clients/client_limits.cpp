#include "server/dispatch/clients/client_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <utility>

#include "server/base/memory.hpp"
#include "server/base/reserve.hpp"
#include "server/dispatch/clients/batch.hpp"
#include "server/dispatch/clients/conversations.hpp"

namespace sluice::dispatch {

namespace {

constexpr std::int64_t second_ms = 1000;

// A buffer that moves while it grows is there twice for a moment: so half of the memory is what this can come to.
constexpr std::size_t unlimited_replies_part = 4;

// A writer makes room for more than it comes to write (see protocol::BulkRun): a batch may hold somewhat more than what
// is allowed to be owed, which on_owed() measures exactly.
constexpr std::size_t unwritten_bytes_max = 1024UL * 1024;

std::string describe(const Session& session) {
  return fmt::format("client id={} addr={} name={}", session.id, session.endpoints.peer, session.chosen.name);
}

}  // namespace

ClientLimits::ClientLimits(ClientRegistry& clients, const Settings& settings, const base::Clock& clock,
                           Statistics& statistics)
    : clients_(clients),
      settings_(settings),
      clock_(clock),
      statistics_(statistics),
      unlimited_reply_bytes_max_(base::usable_memory_bytes() / unlimited_replies_part) {
  clients_.add_listener(*this);
  clients_.set_push_listener(*this);
}

ClientLimits::Measure ClientLimits::measure(const Session& session) const {
  const OutputLimits& limits = settings_.client_output_buffer_limit;
  if (session.is_subscribed()) return {limits.pubsub, "pubsub", session.owed_bytes()};
  if (limits.normal.exists()) return {limits.normal, "normal", session.owed_bytes()};
  return {limits.pubsub, "pubsub", session.owed_pushed_bytes()};
}

template <class... Values>
ClientLimits::Line ClientLimits::write_line(fmt::format_string<Values...> format, Values&&... values) {
  Line line;
  fmt::format_to(std::back_inserter(line), format, std::forward<Values>(values)...);
  return line;
}

const OutputLimit& ClientLimits::limit_of_replies(const Session& session) const {
  const OutputLimits& limits = settings_.client_output_buffer_limit;
  return session.is_subscribed() ? limits.pubsub : limits.normal;
}

std::size_t ClientLimits::reply_bytes_max(const Session& session) const {
  const std::size_t hard_bytes = limit_of_replies(session).hard_bytes;
  if (hard_bytes == 0) return unlimited_reply_bytes_max_;
  const std::size_t allowed_bytes = std::min(hard_bytes, unlimited_reply_bytes_max_);
  return allowed_bytes - std::min(allowed_bytes, session.owed_bytes()) + unwritten_bytes_max;
}

void ClientLimits::on_owed(Session& session) {
  if (session.place.is_closing) return;
  if (session.place.batch != nullptr && session.place.batch->replies.has_overflowed()) [[unlikely]]
    return on_overflow(session);
  const Measure measured = measure(session);
  if (!exceeds(session, measured)) return;
  mark(session, write_line("{} bytes wait for it to read them, more than client-output-buffer-limit allows for {}",
                           measured.bytes, measured.class_name));
}

void ClientLimits::on_overflow(Session& session) {
  if (session.place.is_closing) return;
  const std::size_t hard_bytes = limit_of_replies(session).hard_bytes;
  const std::string_view class_name = session.is_subscribed() ? "pubsub" : "normal";
  const bool is_limited = hard_bytes != 0 && hard_bytes <= unlimited_reply_bytes_max_;
  mark(session, is_limited
                    ? write_line("its replies take more than client-output-buffer-limit allows for {}", class_name)
                    : write_line("its replies take more than there is memory for"));
}

bool ClientLimits::exceeds(Session& session, const Measure& measured) {
  const auto& [limit, class_name, bytes] = measured;
  if (limit.hard_bytes != 0 && bytes >= limit.hard_bytes) return true;
  note_soft(session, limit.soft_bytes != 0 && bytes >= limit.soft_bytes);
  return session.limits.over_soft_limit_since_ms != 0 &&
         clock_.now_ms() - session.limits.over_soft_limit_since_ms > limit.soft_seconds * second_ms;
}

void ClientLimits::note_soft(Session& session, bool is_over) {
  if (is_over == (session.limits.over_soft_limit_since_ms != 0)) return;
  session.limits.over_soft_limit_since_ms = is_over ? clock_.now_ms() : 0;
  if (is_over) {
    over_soft_limit_.push_back(&session);
  } else {
    std::erase(over_soft_limit_, &session);
  }
}

void ClientLimits::on_handed_over(std::size_t bytes) {
  statistics_.network_output_bytes += bytes;
  ++statistics_.writes_processed;
}

void ClientLimits::mark(Session& session, const Line& reason) {
  session.place.is_closing = true;
  exceeding_.push_back(&session);
  ++statistics_.closed_slow_readers;
  tell_of_closing(session, {reason.data(), reason.size()});
}

void ClientLimits::on_lost(Session& session) {
  exceeding_.push_back(&session);  // there is room
  tell_of_closing(session, "there is no memory for what it has to be told");
}

void ClientLimits::note_large_query(const Session& session) {
  ++statistics_.closed_large_queries;
  tell_of_closing(session, "it asked for more at once than client-query-buffer-limit allows");
}

void ClientLimits::on_foreign_protocol(Session& session) {
  // An attacker may come often: the log must not grow with it.
  constexpr std::int64_t told_again_ms = 60 * second_ms;
  if (!session.place.is_closing) exceeding_.push_back(&session);
  session.place.is_closing = true;
  const std::int64_t now_ms = clock_.now_ms();
  if (foreign_protocol_told_ms_ && now_ms - *foreign_protocol_told_ms_ < told_again_ms) return;
  foreign_protocol_told_ms_ = now_ms;
  tell_of_closing(session,
                  "it sent a line of HTTP. Possibly a web page makes a browser send commands to this server "
                  "(cross-protocol scripting)");
}

void ClientLimits::on_queued(Session& session) {
  const auto bytes_max = static_cast<std::size_t>(settings_.client_query_buffer_limit.get());
  if (session.place.is_closing || session.conversations.transaction->memory_bytes <= bytes_max) return;
  session.place.is_closing = true;
  exceeding_.push_back(&session);
  note_large_query(session);
}

void ClientLimits::reserve_room(std::size_t session_count) {
  base::reserve(exceeding_, session_count);
  base::reserve(over_soft_limit_, session_count);
}

bool ClientLimits::is_exceeding(const Session& session) const {
  return std::ranges::find(exceeding_, &session) != exceeding_.end();
}

void ClientLimits::close_exceeding() {
  // A session that is closed leaves the list, see on_conversations_ended().
  while (!exceeding_.empty()) close(*exceeding_.front());
}

void ClientLimits::close(Session& session) {
  session.place.is_closing = true;
  clients_.remove(session);
  session.control->request_close();
}

void ClientLimits::on_tick() {
  for (Session* session : std::vector(over_soft_limit_)) on_owed(*session);
  if (settings_.maxmemory_clients != 0) evict_largest();
  close_exceeding();
}

// --- Memory

std::size_t ClientLimits::memory_bytes_max() const {
  constexpr std::size_t percent = 100;
  const std::int64_t limit = settings_.maxmemory_clients;
  if (limit >= 0) return static_cast<std::size_t>(limit);
  return settings_.maxmemory / percent * static_cast<std::size_t>(-limit);
}

void ClientLimits::count_memory(Session& session) {
  memory_bytes_ -= session.limits.counted_bytes;
  session.limits.counted_bytes = session.memory_bytes();
  memory_bytes_ += session.limits.counted_bytes;
}

void ClientLimits::on_received(Session& session) {
  if (settings_.maxmemory_clients == 0) [[likely]]
    return;
  if (clients_.find(session.id) == nullptr) return;
  const std::size_t bytes_before = session.limits.counted_bytes;
  count_memory(session);
  if (!session.chosen.no_evict && session.limits.counted_bytes > bytes_before) is_nothing_evictable_ = false;
  if (!is_nothing_evictable_ && memory_bytes_ > memory_bytes_max()) evict_largest();
}

// Without memory for the list of them, the next batch or tick tries again.
void ClientLimits::evict_largest() {
  try {
    evict_largest_of_all();
  } catch (const std::bad_alloc&) {
    return;
  }
}

void ClientLimits::evict_largest_of_all() {
  const std::size_t bytes_max = memory_bytes_max();
  if (bytes_max == 0) return;
  is_nothing_evictable_ = false;
  std::vector<std::pair<std::size_t, Session*>> evictable;
  for (const auto& [id, session] : clients_) {
    count_memory(*session);
    if (!session->chosen.no_evict && !session->place.is_closing)
      evictable.emplace_back(session->limits.counted_bytes, session);
  }
  if (memory_bytes_ <= bytes_max) return;
  std::ranges::sort(evictable, std::ranges::greater(), &std::pair<std::size_t, Session*>::first);
  for (const auto& [bytes, session] : evictable) {
    if (memory_bytes_ <= bytes_max) return;
    ++statistics_.evicted_clients;
    tell_of_closing(
        *session, fmt::format("it takes {} bytes, and all clients together more than maxmemory-clients allows", bytes));
    close(*session);
  }
  is_nothing_evictable_ = memory_bytes_ > bytes_max;
}

// If there is memory for that.
void ClientLimits::tell_of_closing(const Session& session, std::string_view reason) const noexcept {
  try {
    if (log_) log_(fmt::format("Closing {}: {}", describe(session), reason));
  } catch (const std::bad_alloc&) {
    return;
  }
}

void ClientLimits::on_conversations_ended(Session& session) {
  memory_bytes_ -= std::exchange(session.limits.counted_bytes, 0);
  std::erase(exceeding_, &session);
  note_soft(session, false);
}

}  // namespace sluice::dispatch
