#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/dispatch/clients/client_registry.hpp"
#include "server/dispatch/state/settings.hpp"
#include "server/dispatch/state/statistics.hpp"

namespace sluice::dispatch {

// Ends connections that leave too much unread (client-output-buffer-limit), and the largest ones when all together take
// too much memory (maxmemory-clients). The manager's.
//
// Subscribers have limits of their own, and so have other clients if any are set. Without these, the limits of
// subscribers apply to bytes pushed to other clients too (MONITOR, tracking): a reply is only as large as its request
// asked for, pushed bytes would come without end.
//
// Checking what is owed comes too late for a command, or a transaction, that makes more at once than there is memory
// for. So what a batch may hold is bounded while it is made: by what its connection may still be owed at once, or,
// where there is no limit, by a part of the machine's memory. A connection that overflows this bound is ended like one
// over its limit.
//
// A connection over its limit is cut off from pushes at once, and ended when close_exceeding() is called: a list of
// sessions may be being walked just now.
class ClientLimits final : public PushListener, private SessionListener {
 public:
  // All must outlive it.
  ClientLimits(ClientRegistry& clients, const Settings& settings, const base::Clock& clock, Statistics& statistics);

  // Where to tell of each connection that is ended, in a line without its end.
  void set_log(std::function<void(const std::string&)> log) { log_ = std::move(log); }

  // Where to bound the replies that the connection's next batch makes. O(1).
  std::size_t reply_bytes_max(const Session& session) const;
  // O(1). Also to be called when replies have been handed over.
  void on_owed(Session& session) override;
  // To be called when replies to the connection have overflowed what reply_bytes_max() told.
  void on_overflow(Session& session);
  // Also to be called with the replies to a batch.
  void on_handed_over(std::size_t bytes) override;
  void on_lost(Session& session) override;
  // Tells of one that ended because it sent more than client-query-buffer-limit allows.
  void note_large_query(const Session& session);
  // To be called when the connection has sent what no client of Redis sends: it is ended, and gets no replies.
  void on_foreign_protocol(Session& session);
  // To be called when the connection has queued a command: what waits for EXEC is bounded by the same limit.
  void on_queued(Session& session);
  // Whether the session has gone over a limit and has not been ended yet.
  bool is_exceeding(const Session& session) const;
  // To be called when a batch of the connection has come, before it runs: ends the largest connections if all together
  // take up too much now. O(1) unless they do.
  void on_received(Session& session);
  // Ends those that have gone over a limit.
  void close_exceeding();
  // To be called several times a second: ends those that have been over a soft limit for too long, and checks the
  // memory of all. Linear in the connections while maxmemory-clients is set.
  void on_tick();

  // Finds the memory that so many connections may need here, or throws std::bad_alloc. Without it they may not open.
  void reserve_room(std::size_t session_count);

 private:
  // What a connection is measured by.
  struct Measure {
    const OutputLimit& limit;
    std::string_view class_name;
    std::size_t bytes;
  };

  Measure measure(const Session& session) const;
  const OutputLimit& limit_of_replies(const Session& session) const;
  bool exceeds(Session& session, const Measure& measured);
  void note_soft(Session& session, bool is_over);
  // Holds a line of the log without an allocation: many a connection is ended when there is no memory.
  using Line = fmt::basic_memory_buffer<char, 256>;
  template <class... Values>
  static Line write_line(fmt::format_string<Values...> format, Values&&... values);
  void mark(Session& session, const Line& reason);
  void close(Session& session);
  void count_memory(Session& session);
  void evict_largest();
  void evict_largest_of_all();
  std::size_t memory_bytes_max() const;
  void tell_of_closing(const Session& session, std::string_view reason) const noexcept;
  void on_conversations_ended(Session& session) override;

  ClientRegistry& clients_;
  const Settings& settings_;
  const base::Clock& clock_;
  Statistics& statistics_;
  std::function<void(const std::string&)> log_;
  const std::size_t unlimited_reply_bytes_max_;
  std::size_t memory_bytes_ = 0;  // of all, as far as it was counted: the sum of Session::counted_bytes
  // The last walk over all left only connections that are exempt: the next one is of no use until another has grown.
  bool is_nothing_evictable_ = false;
  std::optional<std::int64_t> foreign_protocol_told_ms_;  // when on_foreign_protocol() last told of one
  std::vector<Session*> exceeding_;                       // to be ended
  std::vector<Session*> over_soft_limit_;                 // the sessions with over_soft_limit_since_ms
};

}  // namespace sluice::dispatch
