#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/reply_buffer.hpp"
#include "server/dispatch/clients/session.hpp"
#include "server/dispatch/requests/command.hpp"

namespace sluice::dispatch {

// All whole commands that one read of a connection brought, on their way to the manager and, with the replies, back.
// Owned by the connection's Handler and reused; while it is with the manager the Handler touches neither it nor the
// read buffer that its words point into.
struct Batch {
  enum class Purpose : std::uint8_t { run_commands, open_session, close_session };

  Session* session = nullptr;
  Purpose purpose = Purpose::run_commands;
  std::vector<std::string_view> words;
  std::vector<Command> commands;

  // Set by the Handler: how its side stands, for the session's figures.
  std::size_t received_bytes = 0;   // read since the last batch
  bool is_query_too_large = false;  // with close_session: why it ends

  // Set by the manager. A batch stops early, with commands left, when its replies have grown past replies_bytes_max:
  // the Handler sends them and hands the batch in again.
  protocol::ReplyBuffer replies;
  std::size_t next_command = 0;
  bool closes_connection = false;
  bool is_authenticated = false;
  // The batch stopped behind a command that has to wait (or before one, while clients are paused): once the replies are
  // sent nothing happens until ConnectionControl::resume(). The Handler takes it back.
  bool is_waiting = false;

  static constexpr std::size_t replies_bytes_max = 1024UL * 1024;
  // What the replies' buffer keeps of its room once they are sent.
  static constexpr std::size_t idle_replies_bytes_max = 64UL * 1024;
  // How many words it keeps room for.
  static constexpr std::size_t idle_words_max = 16UL * 1024;

  bool is_finished() const { return next_command == commands.size() || closes_connection; }
  Words words_of(WordRange range) const { return Words(words).subspan(range.first, range.count); }

  // What the lists of words and commands take up.
  std::size_t list_bytes() const {
    return words.capacity() * sizeof(std::string_view) + commands.capacity() * sizeof(Command);
  }

  // Drops the replies of a connection that is not to get them.
  void drop_replies() {
    replies.clear();
    replies.release_above(idle_replies_bytes_max);
  }

  // Gives the memory back. Requires that it is clear and its replies are sent.
  void release() {
    words = {};
    commands = {};
    replies.release_above(0);
  }

  // Makes it ready for the commands of the next read; keeps the memory, unless it was for an unusually long request.
  void clear() {
    words.clear();
    if (words.capacity() > idle_words_max) words.shrink_to_fit();
    commands.clear();
    next_command = 0;
  }
};

}  // namespace sluice::dispatch
