#include "server/net/handler.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <new>
#include <utility>

#include "server/net/spawn.hpp"

namespace sluice::net {

namespace asio = boost::asio;
using dispatch::Batch;
using Transferred = Socket::Transfer::Status;

Handler::Handler(const HandlerParts& parts, Socket socket, std::uint64_t id, dispatch::Endpoints endpoints,
                 ConnectionCount::Place place)
    : parts_(parts),
      socket_(std::move(socket)),
      place_(std::move(place)),
      session_(id, std::move(endpoints), static_cast<dispatch::ConnectionControl&>(*this)) {
  batch_.session = &session_;
}

void Handler::start(std::shared_ptr<Handler> handler) {
  const IoExecutor executor = handler->parts_.executor;
  spawn(executor, run(std::move(handler)));
}

Awaitable<> Handler::run(std::shared_ptr<Handler> self) {
  // Not earlier: signal and readiness belong to the I/O thread, which the listener is not on.
  if (self->parts_.shutdown.is_triggered()) co_return;
  self->parts_.shutdown.subscribe(*self);
  co_await self->tell_manager(Batch::Purpose::open_session);
  if (self->parts_.readiness.watch(self->socket_.descriptor(), *self)) co_await self->serve_while_memory_lasts();
  co_await self->tell_manager(Batch::Purpose::close_session);
  if (self->ending_ != Ending::at_once) co_await self->close_gracefully();
  // The coroutine's end, and with it the closing of the socket, goes through Asio's queue.
  self->parts_.readiness.end_turn();
}

// Memory that cannot be had while the connection reads or writes ends the connection. While the manager has the batch
// nothing can be ended: that exception goes on, and ends the process.
Awaitable<> Handler::serve_while_memory_lasts() {
  try {
    co_await serve();
  } catch (const std::bad_alloc&) {
    if (is_answer_due_) throw;
    stop(Ending::at_once);
  }
}

// The life of a connection. The usual steps happen without a suspension other than for the input and the answer.
Awaitable<> Handler::serve() {
  int reads_in_turn = 0;
  while (!is_stopping()) {
    if (!parse_batch()) {
      if (exceeds_query_buffer_limit()) {
        batch_.is_query_too_large = true;
        co_return stop(Ending::at_once);
      }
      if (!is_readable_) {
        reads_in_turn = 0;
        is_resting_ = true;
        co_await readable_.wait();
        is_resting_ = false;
        if (!is_readable_) continue;
      } else if (++reads_in_turn > reads_per_turn_max) {
        // There is ever more input and no request in it yet: others get their turn.
        reads_in_turn = 0;
        parts_.readiness.end_turn();
        co_await asio::post(parts_.executor, asio::deferred);
      }
      if (receive() == ReadStatus::ended) co_return;
      continue;
    }
    reads_in_turn = 0;
    while (true) {
      note_input();
      if (parts_.channel.try_send(&batch_) != BatchChannel::SendStatus::sent) {
        const bool accepted = co_await parts_.channel.send(&batch_);
        if (!accepted) co_return stop(Ending::at_once);
      }
      is_answer_due_ = true;
      if (!answered_.take_fulfilled()) co_await answered_.wait();
      is_answer_due_ = false;
      if (ending_ == Ending::at_once) co_return;
      if (try_flush() != FlushStatus::done) {
        const bool is_flushed = co_await flush_slowly();
        if (!is_flushed) co_return stop(Ending::at_once);
      }
      if (batch_.is_waiting) {
        if (batch_.is_finished()) travel_light();
        const bool goes_on = co_await wait_for_resumption();
        if (!goes_on) co_return;
      }
      if (batch_.is_finished()) break;
    }
    finish_batch();
  }
}

Handler::ReadStatus Handler::receive() {
  const std::span<char> room = received_.prepare(parser_.bytes_wanted());
  const Socket::Transfer read = socket_.read_some(room);
  // Less than there was room for means that there is no more: the next input will be reported. Its end may have been
  // reported already.
  if (read.count < room.size() && !is_peer_done_) is_readable_ = false;
  if (read.status == Transferred::blocked) {
    is_readable_ = false;
    return ReadStatus::nothing_yet;
  }
  if (read.status != Transferred::done) return ReadStatus::ended;
  received_.commit(read.count);
  batch_.received_bytes += read.count;
  note_input();
  needs_input_ = false;
  return ReadStatus::received;
}

// Parses what was received into the batch, up to its bounds. False if no whole request is there.
bool Handler::parse_batch() {
  batch_.clear();
  parsed_bytes_ = 0;
  if (needs_input_) return false;
  const protocol::ParserLimits limits = parser_limits();
  // Before authentication one command at a time: AUTH lifts the limits for those behind it.
  const std::size_t commands_max = is_authenticated_ ? batch_commands_max : 1;
  while (batch_.commands.size() < commands_max && parsed_bytes_ < received_.size()) {
    const auto first_word = static_cast<std::uint32_t>(batch_.words.size());
    const auto result = parser_.next(received_.received().subspan(parsed_bytes_), batch_.words, limits);
    needs_input_ = result.status == protocol::FrameParser::Status::incomplete;
    if (needs_input_) break;
    if (result.status == protocol::FrameParser::Status::error) {
      add_protocol_error();
      break;
    }
    parsed_bytes_ += result.consumed;
    const auto word_count = static_cast<std::uint32_t>(batch_.words.size()) - first_word;
    if (word_count == 0) continue;
    batch_.commands.push_back(parts_.commands.resolve(batch_.words, {first_word, word_count}, parts_.hasher));
  }
  if (parsed_bytes_ == received_.size()) needs_input_ = true;
  if (!batch_.commands.empty()) return true;
  received_.consume(std::exchange(parsed_bytes_, 0));
  return false;
}

void Handler::add_protocol_error() {
  const auto position = static_cast<std::uint32_t>(batch_.words.size());
  batch_.words.push_back(parser_.error());
  batch_.commands.emplace_back(
      dispatch::InvalidCommand{.words = {position, 1}, .reason = dispatch::InvalidCommand::Reason::protocol_error});
}

protocol::ParserLimits Handler::parser_limits() const {
  if (!is_authenticated_) return protocol::ParserLimits::before_authentication();
  return {.bulk_bytes_max = static_cast<std::size_t>(parts_.settings.proto_max_bulk_len.get())};
}

bool Handler::exceeds_query_buffer_limit() const {
  return received_.size() > static_cast<std::size_t>(parts_.settings.client_query_buffer_limit.get());
}

void Handler::note_input() {
  input_used_bytes_.store(received_.size() - parsed_bytes_, std::memory_order_relaxed);
  input_free_bytes_.store(received_.capacity() - received_.size() + parsed_bytes_, std::memory_order_relaxed);
}

// The two may come from different moments.
dispatch::InputBuffer Handler::input_buffer() const {
  return {input_used_bytes_.load(std::memory_order_relaxed), input_free_bytes_.load(std::memory_order_relaxed)};
}

void Handler::finish_batch() {
  received_.consume(std::exchange(parsed_bytes_, 0));
  note_input();
  is_authenticated_ = batch_.is_authenticated;
  if (batch_.closes_connection) stop(Ending::after_replies);
  batch_.replies.release_above(Batch::idle_replies_bytes_max);
}

// Gives back the memory of a batch whose last command waits, perhaps for hours: the manager has a copy of the command.
void Handler::travel_light() {
  finish_batch();
  batch_.clear();
  batch_.release();
  received_.release();
  note_input();
}

// --- Writing

// Writes as much as the socket takes: what was pushed before the batch was answered, the replies, what was pushed
// since.
Handler::FlushStatus Handler::try_flush() {
  FlushStatus status = write_pushed();
  if (status == FlushStatus::done) status = write_replies();
  if (status != FlushStatus::done) return status;
  outbox_.take(answers_seen_, pushed_);
  return write_pushed();
}

Handler::FlushStatus Handler::write_replies() {
  while (written_bytes_ < batch_.replies.size()) {
    const std::string_view unsent = batch_.replies.view().substr(written_bytes_);
    const Socket::Transfer written = socket_.write_some(unsent);
    if (written.status == Transferred::blocked) return FlushStatus::blocked;
    if (written.status != Transferred::done) return FlushStatus::failed;
    written_bytes_ += written.count;
    outbox_.note_written(written.count);
  }
  written_bytes_ = 0;
  batch_.replies.clear();
  return FlushStatus::done;
}

Handler::FlushStatus Handler::write_pushed() {
  while (!pushed_.empty()) {
    const Socket::Transfer written = write_first_pushed();
    if (written.status == Transferred::blocked) return FlushStatus::blocked;
    if (written.status != Transferred::done) return FlushStatus::failed;
    drop_written(written.count);
  }
  return FlushStatus::done;
}

// Short pieces are copied together: the kernel takes one long piece in less time than many short ones.
Socket::Transfer Handler::write_first_pushed() {
  constexpr std::size_t gathered_bytes_max = 64UL * 1024;
  constexpr std::size_t short_bytes_max = 4096;
  static thread_local std::array<char, gathered_bytes_max> gathered;
  const std::string_view first = std::string_view(*pushed_[0].bytes).substr(written_pushed_bytes_);
  if (pushed_.size() == 1 || first.size() > short_bytes_max) return socket_.write_some(first);
  std::size_t size = first.copy(gathered.data(), first.size());
  for (std::size_t index = 1; index < pushed_.size(); ++index) {
    const std::string& piece = *pushed_[index].bytes;
    if (piece.size() > std::min(short_bytes_max, gathered_bytes_max - size)) break;
    size += piece.copy(gathered.data() + size, piece.size());
  }
  return socket_.write_some(std::string_view(gathered.data(), size));
}

// Lets go of what the socket has taken of pushed_.
void Handler::drop_written(std::size_t bytes) {
  auto first_unwritten = pushed_.begin();
  for (; first_unwritten != pushed_.end(); ++first_unwritten) {
    const std::size_t left_bytes = first_unwritten->bytes->size() - written_pushed_bytes_;
    const bool is_whole = bytes >= left_bytes;
    const std::size_t taken_bytes = is_whole ? left_bytes : bytes;
    first_unwritten->is_pushed ? outbox_.note_pushed_written(taken_bytes, is_whole ? 1 : 0)
                               : outbox_.note_written(taken_bytes);
    bytes -= taken_bytes;
    written_pushed_bytes_ = is_whole ? 0 : written_pushed_bytes_ + taken_bytes;
    if (!is_whole) break;
  }
  pushed_.erase(pushed_.begin(), first_unwritten);
}

// False if there is no memory to take over what was pushed: the connection ends.
bool Handler::take_pushed() {
  try {
    outbox_.take(answers_seen_, pushed_);
    return true;
  } catch (const std::bad_alloc&) {
    stop(Ending::at_once);
    return false;
  }
}

// Writes what was pushed while the coroutine is at something else.
void Handler::deliver_pushed() {
  if (is_flushing_ || ending_ == Ending::at_once) return;
  if (!take_pushed()) return;
  if (write_pushed() == FlushStatus::failed) stop(Ending::at_once);
}

// Waits until the peer has taken everything. False if it is gone.
Awaitable<bool> Handler::flush_slowly() {
  is_flushing_ = true;
  FlushStatus status = try_flush();
  while (status == FlushStatus::blocked && ending_ != Ending::at_once) {
    co_await writable_.wait();
    status = try_flush();
  }
  is_flushing_ = false;
  co_return status == FlushStatus::done;
}

// Waits until the manager lets the batch go on behind a command that had to wait. False if the connection ends first.
Awaitable<bool> Handler::wait_for_resumption() {
  while (batch_.is_waiting) {
    if (is_peer_done_ || is_stopping()) co_return false;
    co_await resumed_.wait();
  }
  co_return true;
}

Awaitable<> Handler::tell_manager(Batch::Purpose purpose) {
  batch_.clear();
  batch_.purpose = purpose;
  bool accepted = parts_.channel.try_send(&batch_) == BatchChannel::SendStatus::sent;
  if (!accepted) accepted = co_await parts_.channel.send(&batch_);
  if (accepted && !answered_.take_fulfilled()) co_await answered_.wait();
  batch_.purpose = Batch::Purpose::run_commands;
  is_authenticated_ = batch_.is_authenticated;
}

// Lets the peer read its last replies: closing a socket that holds unread input would reset the connection and with it
// what is still under way to the peer. So the sending side is closed first, and what still comes in is dropped, for a
// limited time.
Awaitable<> Handler::close_gracefully() {
  constexpr auto patience = std::chrono::seconds(1);
  constexpr auto pause = std::chrono::milliseconds(10);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  socket_.shut_down_sending();
  SteadyTimer timer(parts_.executor);
  std::array<char, 4096> dropped;
  while (ending_ != Ending::at_once && socket_.has_undelivered_bytes() && std::chrono::steady_clock::now() < deadline) {
    Socket::Transfer read = socket_.read_some(dropped);
    // A peer that sends without end must not keep the thread.
    for (int reads = 1; read.status == Transferred::done && reads < reads_per_turn_max; ++reads) {
      read = socket_.read_some(dropped);
    }
    if (read.status == Transferred::failed) break;
    timer.expires_after(pause);
    auto wait = timer.async_wait(asio::as_tuple(asio::deferred));
    co_await std::move(wait);
  }
}

// --- What the connection is told

// The coroutine waits at one place at most. Being woken it may end, but not this object with it: before that the
// manager has to answer.
void Handler::on_ready(ReadyFor ready) {
  is_readable_ |= ready.reading;
  is_peer_done_ |= ready.ending;
  if (ready.writing) {
    if (is_flushing_) {
      writable_.wake();
    } else if (!pushed_.empty()) {
      deliver_pushed();
    }
  }
  if (ready.ending) resumed_.wake();
  if (ready.reading) readable_.wake();
}

void Handler::on_shutdown(Urgency urgency) {
  if (urgency == Urgency::at_once) {
    ending_ = Ending::at_once;
  } else if (!is_stopping()) {
    ending_ = Ending::after_replies;
  }
  // Not at once: a coroutine that is woken may end, and with it its subscription.
  parts_.readiness.end_turn();
  asio::post(parts_.executor, [self = shared_from_this()] { self->wake_all(); });
}

void Handler::on_answered() {
  take_pushed();
  ++answers_seen_;
  answered_.fulfil();
}

void Handler::on_pushed() {
  deliver_pushed();
}

// Comes before the answer if the wait ended in the round in which it began. Otherwise the batch is back here.
void Handler::on_resumed() {
  batch_.is_waiting = false;
  resumed_.wake();
}

// The connection may have become busy meanwhile.
void Handler::on_quiet() {
  if (!is_resting_) return;
  received_.release();
  batch_.release();
  note_input();
}

// The peer learns of it now, before anybody is told that it has happened.
void Handler::on_close_requested() {
  socket_.shut_down();
  stop(Ending::at_once);
}

void Handler::answered(std::size_t reply_bytes) {
  outbox_.note_answer(reply_bytes);
  parts_.completions.add(*this, &Answerable::on_answered);
}

void Handler::push(dispatch::SharedBytes bytes) {
  if (outbox_.push(std::move(bytes))) parts_.completions.add(*this, &Answerable::on_pushed);
}

void Handler::reply_late(dispatch::SharedBytes bytes) {
  if (outbox_.add_reply(std::move(bytes))) parts_.completions.add(*this, &Answerable::on_pushed);
}

void Handler::stop(Ending ending) {
  ending_ = ending;
  if (ending == Ending::at_once) wake_all();
}

// Has the coroutine look at ending_ wherever it waits, except for an answer, which comes anyway.
void Handler::wake_all() {
  readable_.wake();
  writable_.wake();
  resumed_.wake();
}

}  // namespace sluice::net
