#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "server/dispatch/clients/session.hpp"

namespace sluice::net {

// Bytes that a connection is sent without having asked, and replies that had to wait, on their way from the manager to
// the connection's thread, and the count of all bytes that are owed to the peer.
//
// Pushed bytes keep their place among the replies: each is marked with the number of batches that the manager had
// answered before, and the connection takes only those whose answers it has seen.
//
// Every push passes here for every receiver: each side keeps its own half of the figures, so that the mutex is the only
// thing that the two contend for.
class Outbox {
 public:
  // Bytes that go to the socket by themselves, and whether they count as pushed.
  struct Piece {
    dispatch::SharedBytes bytes;
    bool is_pushed = false;
  };

  // --- The manager's.

  // Returns whether the connection has to be told: not while it has bytes to take that it was told of, or will take
  // with an answer.
  [[nodiscard]] bool push(dispatch::SharedBytes bytes) { return add({std::move(bytes), true}); }
  // The same for a reply that comes late: owed, but not pushed.
  [[nodiscard]] bool add_reply(dispatch::SharedBytes bytes) { return add({std::move(bytes), false}); }
  void note_answer(std::size_t reply_bytes);
  // Pushed or answered, and not written to the socket yet.
  std::size_t owed_bytes() const { return given_.bytes - written_bytes_.load(std::memory_order_relaxed); }
  std::size_t owed_pushed_bytes() const {
    return given_.pushed_bytes - written_pushed_bytes_.load(std::memory_order_relaxed);
  }
  std::size_t owed_pushed_count() const {
    return given_.pushed_count - written_pushed_count_.load(std::memory_order_relaxed);
  }

  // --- The connection's.

  // Moves the pieces that belong before the answer number `answers_seen` + 1 to the end of `taken`, or throws
  // std::bad_alloc and leaves them where they are.
  void take(std::uint64_t answers_seen, std::vector<Piece>& taken);
  void note_written(std::size_t bytes) { add(written_bytes_, bytes); }
  // `piece_count`: how many pieces are written to their end by this.
  void note_pushed_written(std::size_t bytes, std::size_t piece_count) {
    add(written_pushed_bytes_, bytes);
    add(written_pushed_count_, piece_count);
    note_written(bytes);
  }

 private:
  struct Pushed {
    std::uint64_t answers_before = 0;
    Piece piece;
  };
  // What the manager has pushed and answered since the connection began.
  struct Given {
    std::size_t bytes = 0;
    std::size_t pushed_bytes = 0;
    std::size_t pushed_count = 0;
  };

  bool add(Piece piece);

  // Only the connection's thread writes these figures.
  static void add(std::atomic<std::size_t>& figure, std::size_t amount) {
    figure.store(figure.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }

  // The manager's.
  std::uint64_t answer_count_ = 0;
  Given given_;

  // The connection's, likewise since it began.
  std::atomic<std::size_t> written_bytes_ = 0;
  std::atomic<std::size_t> written_pushed_bytes_ = 0;
  std::atomic<std::size_t> written_pushed_count_ = 0;

  // Whether pushed_ holds something: lets the connection look without the mutex. Changed with it.
  std::atomic<bool> has_pushed_ = false;
  std::mutex mutex_;
  std::vector<Pushed> pushed_;
};

}  // namespace sluice::net
