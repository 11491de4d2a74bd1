#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "server/dispatch/session.hpp"

namespace sluice::net {

// What a connection is sent without having asked, on its way from the manager to the connection's thread, and the count
// of all bytes that are owed to the peer.
//
// Pushed bytes keep their place among the replies: each is marked with the number of batches that the manager had
// answered before, and the connection takes only those whose answers it has seen.
class Outbox {
 public:
  // --- The manager's.
  void push(dispatch::SharedBytes bytes);
  void note_answer(std::size_t reply_bytes);

  // --- The connection's. Moves what belongs before the answer number `answers_seen` + 1 to the end of `taken`.
  void take(std::uint64_t answers_seen, std::vector<dispatch::SharedBytes>& taken);
  void note_written(std::size_t bytes) { owed_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
  // `piece_count`: how many pieces are written to their end by this.
  void note_pushed_written(std::size_t bytes, std::size_t piece_count) {
    owed_pushed_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    owed_pushed_count_.fetch_sub(piece_count, std::memory_order_relaxed);
    note_written(bytes);
  }

  // Pushed or answered, and not written to the socket yet. From any thread.
  std::size_t owed_bytes() const { return owed_bytes_.load(std::memory_order_relaxed); }
  std::size_t owed_pushed_bytes() const { return owed_pushed_bytes_.load(std::memory_order_relaxed); }
  std::size_t owed_pushed_count() const { return owed_pushed_count_.load(std::memory_order_relaxed); }

 private:
  struct Pushed {
    std::uint64_t answers_before = 0;
    dispatch::SharedBytes bytes;
  };

  std::uint64_t answer_count_ = 0;  // the manager's
  std::atomic<std::size_t> owed_bytes_ = 0;
  std::atomic<std::size_t> owed_pushed_bytes_ = 0;
  std::atomic<std::size_t> owed_pushed_count_ = 0;
  std::mutex mutex_;
  std::vector<Pushed> pushed_;
};

}  // namespace sluice::net
