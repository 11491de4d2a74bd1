#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/reply_writer.hpp"
#include "server/dispatch/requests/owned_request.hpp"
#include "server/store/types.hpp"

// The states of a connection that last from one command to another. A session has each only while it needs it.
namespace sluice::dispatch {

// Commands queued since MULTI.
struct Transaction {
  std::vector<OwnedRequest> queued;
  std::size_t memory_bytes = 0;
  bool may_grow_memory = false;  // by a command that is refused when memory is full
  bool is_aborted = false;       // a command could not be queued: EXEC will refuse
};

// A blocking command that found nothing and waits for one of its keys.
struct ParkedCommand {
  OwnedRequest request;
  int database = 0;
  store::Type type = store::Type::list;  // of the value that it waits for
  bool wakes_on_absence = false;         // runs again, too, when a key goes or holds a value of another type
  std::vector<std::string_view> keys;    // without repetitions; words of the request
  std::int64_t deadline_ms = 0;          // Unix time; 0 is never
  void (*on_timeout)(protocol::ReplyWriter& reply) = nullptr;  // writes the reply; null: a null array
  std::uint64_t arrival = 0;                                   // the number of the client among all that ever waited

  // With the entries of the tables in BlockedClients.
  std::size_t memory_bytes() const {
    constexpr std::size_t node_bytes = 176;  // a key's node with its waiters, and the client's among them
    std::size_t bytes = sizeof(ParkedCommand) + request.memory_bytes() + keys.capacity() * sizeof(std::string_view);
    for (const std::string_view key : keys) bytes += node_bytes + key.size();
    return deadline_ms == 0 ? bytes : bytes + node_bytes / 2;
  }
};

// The channels and patterns that a connection is subscribed to.
struct Subscriptions {
  // Each with the session's place among the subscribers of that name. The broker owns the names.
  using Names = std::map<std::string_view, std::size_t>;
  Names channels;
  Names patterns;
  Names shard_channels;

  // As the replies of SUBSCRIBE and PSUBSCRIBE count them.
  std::size_t global_count() const { return channels.size() + patterns.size(); }
  bool empty() const { return global_count() == 0 && shard_channels.empty(); }
};

// How a connection wants to be told of changes to the keys that it has read (CLIENT TRACKING).
struct TrackingState {
  enum class Choice : std::uint8_t { every_key, opt_in, opt_out };
  using Prefixes = std::set<std::string, std::less<>>;

  Choice choice = Choice::every_key;
  bool is_next_chosen = false;      // CLIENT CACHING: the next command, or transaction, is the exception to the choice
  bool is_broadcasting = false;     // told of all changes under its prefixes, read or not
  bool skips_own_changes = false;   // NOLOOP
  bool is_redirect_broken = false;  // the connection that it redirects to is gone
  std::uint64_t redirect_to = 0;    // id of the connection that is told instead; 0 is itself
  Prefixes prefixes;                // with is_broadcasting; "" is every key
};

}  // namespace sluice::dispatch
