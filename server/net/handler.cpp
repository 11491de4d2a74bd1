#include "server/net/handler.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

namespace sluice::net {

namespace asio = boost::asio;
using boost::system::error_code;
using dispatch::Batch;

Handler::Handler(const HandlerParts& parts, StreamSocket socket, std::uint64_t id, dispatch::Endpoints endpoints,
                 ConnectionCount::Place place)
    : parts_(parts),
      socket_(std::move(socket)),
      place_(std::move(place)),
      session_(id, std::move(endpoints), static_cast<dispatch::ConnectionControl&>(*this)) {
  batch_.session = &session_;
}

void Handler::start(std::shared_ptr<Handler> handler) {
  const IoExecutor executor = handler->parts_.executor;
  asio::co_spawn(executor, run(std::move(handler)), asio::detached);
}

Awaitable<> Handler::run(std::shared_ptr<Handler> self) {
  // Not earlier: the signal belongs to the I/O thread, which the listener is not on.
  if (self->parts_.shutdown.is_triggered()) co_return;
  self->parts_.shutdown.subscribe(*self);
  co_await self->tell_manager(Batch::Purpose::open_session);
  co_await self->serve();
  co_await self->tell_manager(Batch::Purpose::close_session);
  if (self->ending_ != Ending::at_once) co_await self->close_gracefully();
}

// The life of a connection. Whatever is usual happens without a suspension other than for the read and the answer.
Awaitable<> Handler::serve() {
  while (!is_stopping()) {
    if (!parse_batch()) {
      if (exceeds_query_buffer_limit()) co_return stop(Ending::at_once);
      const std::span<char> room = received_.prepare(parser_.bytes_wanted());
      auto read = socket_.async_read_some(asio::buffer(room.data(), room.size()), asio::as_tuple(asio::deferred));
      is_reading_ = true;
      const auto [error, count] = co_await std::move(read);
      is_reading_ = false;
      if (error) co_return;
      received_.commit(count);
      batch_.received_bytes += count;
      needs_input_ = false;
      continue;
    }
    while (true) {
      note_figures();
      const Envelope envelope{&batch_, &answered_, &parts_.completions};
      if (parts_.channel.try_send(envelope) != BatchChannel::SendStatus::sent) {
        const bool accepted = co_await parts_.channel.send(envelope);
        if (!accepted) co_return stop(Ending::at_once);
      }
      if (!answered_.take_fulfilled()) co_await answered_.wait();
      if (try_flush() != FlushStatus::done) {
        const bool is_flushed = co_await flush_slowly();
        if (!is_flushed) co_return stop(Ending::at_once);
      }
      if (batch_.is_finished()) break;
    }
    finish_batch();
  }
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
    auto result = parser_.next(received_.received().subspan(parsed_bytes_), batch_.words, limits);
    needs_input_ = result.status == protocol::FrameParser::Status::incomplete;
    if (needs_input_) break;
    if (result.status == protocol::FrameParser::Status::error) {
      add_protocol_error(std::move(result.error));
      break;
    }
    parsed_bytes_ += result.consumed;
    const auto word_count = static_cast<std::uint32_t>(batch_.words.size()) - first_word;
    if (word_count == 0) continue;
    batch_.commands.push_back(parts_.commands.resolve(batch_.words, {first_word, word_count}, parts_.hasher));
  }
  if (parsed_bytes_ == received_.size()) needs_input_ = true;
  if (!batch_.commands.empty()) return true;
  received_.consume(parsed_bytes_);
  return false;
}

void Handler::add_protocol_error(std::string line) {
  protocol_error_ = std::move(line);
  batch_.commands.emplace_back(
      dispatch::InvalidCommand{.reason = dispatch::InvalidCommand::Reason::protocol_error, .message = protocol_error_});
}

protocol::ParserLimits Handler::parser_limits() const {
  if (!is_authenticated_) return protocol::ParserLimits::before_authentication();
  return {.bulk_bytes_max = static_cast<std::size_t>(parts_.settings.proto_max_bulk_len.get())};
}

bool Handler::exceeds_query_buffer_limit() const {
  return received_.size() > static_cast<std::size_t>(parts_.settings.client_query_buffer_limit.get());
}

void Handler::note_figures() {
  batch_.query_buffer_used_bytes = received_.size() - parsed_bytes_;
  batch_.query_buffer_free_bytes = received_.capacity() - received_.size();
}

void Handler::finish_batch() {
  received_.consume(parsed_bytes_);
  is_authenticated_ = batch_.is_authenticated;
  if (batch_.closes_connection) stop(Ending::after_replies);
  batch_.replies.release_above(idle_reply_bytes_max);
}

// Writes as much as the socket takes.
Handler::FlushStatus Handler::try_flush() {
  while (written_bytes_ < batch_.replies.size()) {
    const std::string_view unsent = batch_.replies.view().substr(written_bytes_);
    error_code error;
    const std::size_t count = socket_.write_some(asio::buffer(unsent.data(), unsent.size()), error);
    if (error) return error == asio::error::would_block ? FlushStatus::blocked : FlushStatus::failed;
    written_bytes_ += count;
  }
  batch_.sent_bytes += written_bytes_;
  written_bytes_ = 0;
  batch_.replies.clear();
  return FlushStatus::done;
}

// Waits until the peer has taken everything. False if it is gone.
Awaitable<bool> Handler::flush_slowly() {
  for (FlushStatus status = try_flush(); status != FlushStatus::done; status = try_flush()) {
    if (status == FlushStatus::failed) co_return false;
    auto writable = socket_.async_wait(StreamSocket::wait_write, asio::as_tuple(asio::deferred));
    const auto [error] = co_await std::move(writable);
    if (error) co_return false;
  }
  co_return true;
}

Awaitable<> Handler::tell_manager(Batch::Purpose purpose) {
  batch_.clear();
  batch_.purpose = purpose;
  const Envelope envelope{&batch_, &answered_, &parts_.completions};
  const bool accepted = co_await parts_.channel.send(envelope);
  if (accepted && !answered_.take_fulfilled()) co_await answered_.wait();
  batch_.purpose = Batch::Purpose::run_commands;
  is_authenticated_ = batch_.is_authenticated;
}

// Lets the peer read its last replies: closing a socket that holds unread input would reset the connection and with it
// what is still under way to the peer. So the sending side is closed first, and what still comes in is dropped, for a
// limited time.
Awaitable<> Handler::close_gracefully() {
  constexpr auto patience = std::chrono::seconds(1);
  error_code ignored;
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
  SteadyTimer deadline(parts_.executor, patience);
  const std::weak_ptr<Handler> weak_self = weak_from_this();
  deadline.async_wait([weak_self](const error_code& error) {
    const auto self = weak_self.lock();
    if (!error && self) self->stop(Ending::at_once);
  });
  std::array<char, 4096> dropped;
  while (has_undelivered_bytes() && ending_ != Ending::at_once) {
    auto read = socket_.async_read_some(asio::buffer(dropped), asio::as_tuple(asio::deferred));
    const auto [error, count] = co_await std::move(read);
    if (error) break;
  }
}

// Whether closing now could cost the peer something: unread input, or output that it has not acknowledged yet.
bool Handler::has_undelivered_bytes() {
  int unread = 0;
  int unacknowledged = 0;
  ::ioctl(socket_.native_handle(), FIONREAD, &unread);
  ::ioctl(socket_.native_handle(), SIOCOUTQ, &unacknowledged);
  // The closing of the sending side counts as one byte.
  return unread > 0 || unacknowledged > 1;
}

void Handler::on_shutdown(Urgency urgency) {
  if (urgency == Urgency::at_once) return stop(Ending::at_once);
  if (!is_stopping()) ending_ = Ending::after_replies;
  error_code ignored;
  if (is_reading_) socket_.cancel(ignored);
}

void Handler::request_close() {
  asio::post(parts_.executor, [self = shared_from_this()] { self->stop(Ending::at_once); });
}

void Handler::stop(Ending ending) {
  ending_ = ending;
  error_code ignored;
  if (ending == Ending::at_once) socket_.close(ignored);
}

}  // namespace sluice::net
