#include "server/dispatch/client_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/dispatch/subscriptions.hpp"
#include "server/dispatch/transaction.hpp"

namespace sluice::dispatch {

namespace {

constexpr std::int64_t second_ms = 1000;

std::string describe(const Session& session) {
  return fmt::format("client id={} addr={} name={}", session.id, session.endpoints.peer, session.name);
}

}  // namespace

ClientLimits::ClientLimits(ClientRegistry& clients, const Settings& settings, const base::Clock& clock,
                           Statistics& statistics)
    : clients_(clients), settings_(settings), clock_(clock), statistics_(statistics) {
  clients_.add_listener(*this);
  clients_.set_push_listener(*this);
}

ClientLimits::Measure ClientLimits::measure(const Session& session) const {
  const OutputLimits& limits = settings_.client_output_buffer_limit;
  const bool is_subscribed = session.subscriptions != nullptr && !session.subscriptions->empty();
  if (is_subscribed) return {limits.pubsub, "pubsub", session.owed_bytes()};
  if (limits.normal.exists()) return {limits.normal, "normal", session.owed_bytes()};
  return {limits.pubsub, "pubsub", session.owed_pushed_bytes()};
}

void ClientLimits::on_owed(Session& session) {
  if (session.is_closing) return;
  const Measure measured = measure(session);
  if (exceeds(session, measured)) mark(session, measured);
}

bool ClientLimits::exceeds(Session& session, const Measure& measured) {
  const auto& [limit, class_name, bytes] = measured;
  if (limit.hard_bytes != 0 && bytes >= limit.hard_bytes) return true;
  note_soft(session, limit.soft_bytes != 0 && bytes >= limit.soft_bytes);
  return session.over_soft_limit_since_ms != 0 &&
         clock_.now_ms() - session.over_soft_limit_since_ms > limit.soft_seconds * second_ms;
}

void ClientLimits::note_soft(Session& session, bool is_over) {
  if (is_over == (session.over_soft_limit_since_ms != 0)) return;
  session.over_soft_limit_since_ms = is_over ? clock_.now_ms() : 0;
  if (is_over) {
    over_soft_limit_.push_back(&session);
  } else {
    std::erase(over_soft_limit_, &session);
  }
}

void ClientLimits::mark(Session& session, const Measure& measured) {
  session.is_closing = true;
  exceeding_.push_back(&session);
  ++statistics_.closed_slow_readers;
  tell(fmt::format("Closing {}: {} bytes wait for it to read them, more than client-output-buffer-limit allows for {}",
                   describe(session), measured.bytes, measured.class_name));
}

void ClientLimits::note_large_query(const Session& session) {
  ++statistics_.closed_large_queries;
  tell(fmt::format("Closing {}: it asked for more at once than client-query-buffer-limit allows", describe(session)));
}

void ClientLimits::on_queued(Session& session) {
  const auto bytes_max = static_cast<std::size_t>(settings_.client_query_buffer_limit.get());
  if (session.is_closing || session.transaction->memory_bytes <= bytes_max) return;
  session.is_closing = true;
  exceeding_.push_back(&session);
  note_large_query(session);
}

bool ClientLimits::is_exceeding(const Session& session) const {
  return std::ranges::find(exceeding_, &session) != exceeding_.end();
}

void ClientLimits::close_exceeding() {
  for (Session* session : std::exchange(exceeding_, {})) close(*session);
}

void ClientLimits::close(Session& session) {
  session.is_closing = true;
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
  constexpr std::int64_t percent = 100;
  const std::int64_t limit = settings_.maxmemory_clients;
  return static_cast<std::size_t>(limit >= 0 ? limit : settings_.maxmemory / percent * -limit);
}

void ClientLimits::count_memory(Session& session) {
  memory_bytes_ -= session.counted_bytes;
  session.counted_bytes = session.memory_bytes();
  memory_bytes_ += session.counted_bytes;
}

void ClientLimits::on_received(Session& session) {
  if (settings_.maxmemory_clients == 0) [[likely]]
    return;
  if (clients_.find(session.id) == nullptr) return;
  count_memory(session);
  if (memory_bytes_ > memory_bytes_max()) evict_largest();
}

void ClientLimits::evict_largest() {
  const std::size_t bytes_max = memory_bytes_max();
  if (bytes_max == 0) return;
  std::vector<std::pair<std::size_t, Session*>> evictable;
  for (const auto& [id, session] : clients_) {
    count_memory(*session);
    if (!session->no_evict && !session->is_closing) evictable.emplace_back(session->counted_bytes, session);
  }
  if (memory_bytes_ <= bytes_max) return;
  std::ranges::sort(evictable, std::ranges::greater(), &std::pair<std::size_t, Session*>::first);
  for (const auto& [bytes, session] : evictable) {
    if (memory_bytes_ <= bytes_max) return;
    ++statistics_.evicted_clients;
    tell(fmt::format("Closing {}: it takes {} bytes, and all clients together more than maxmemory-clients allows",
                     describe(*session), bytes));
    close(*session);
  }
}

void ClientLimits::tell(const std::string& line) const {
  if (log_) log_(line);
}

void ClientLimits::on_conversations_ended(Session& session) {
  memory_bytes_ -= std::exchange(session.counted_bytes, 0);
  std::erase(exceeding_, &session);
  note_soft(session, false);
}

}  // namespace sluice::dispatch
