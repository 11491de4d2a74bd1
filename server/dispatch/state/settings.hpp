#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "server/dispatch/state/keyspace_events.hpp"

namespace sluice::dispatch {

// A setting that connections read on their own threads while the manager may change it. Each is read by itself: no
// order among them is promised.
template <class T>
class SharedSetting {
 public:
  SharedSetting(T value) : value_(value) {}
  SharedSetting(const SharedSetting& other) : value_(other.get()) {}
  SharedSetting& operator=(const SharedSetting& other) { return *this = other.get(); }
  SharedSetting& operator=(T value) {
    value_.store(value, std::memory_order_relaxed);
    return *this;
  }
  T get() const { return value_.load(std::memory_order_relaxed); }
  operator T() const { return get(); }

 private:
  std::atomic<T> value_;
};

// How much may be owed to a connection before it is closed: at once when it comes to `hard_bytes`, and when it has been
// `soft_bytes` or more for longer than `soft_seconds`. 0 bytes are no limit.
struct OutputLimit {
  std::uint64_t hard_bytes = 0;
  std::uint64_t soft_bytes = 0;
  std::int64_t soft_seconds = 0;

  bool exists() const { return hard_bytes != 0 || soft_bytes != 0; }
};

struct OutputLimits {
  OutputLimit normal;
  OutputLimit replica{256UL << 20, 64UL << 20, 60};
  OutputLimit pubsub{32UL << 20, 8UL << 20, 60};
};

// The values of all settings, under the names that they have in the configuration file (with '_' for '-'). The config
// service knows how they are named, read and checked; everybody else reads them here. Owned by the server, changed by
// the manager only.
struct Settings {
  // Network; those without SharedSetting are fixed at start.
  std::vector<std::string> bind = {"*", "-::*"};
  std::int64_t port = 6379;
  std::string unixsocket;
  std::int64_t unixsocketperm = 0;  // the mode's bits; 0 leaves it to the umask
  std::int64_t tcp_backlog = 511;
  SharedSetting<std::int64_t> tcp_keepalive = 300;  // seconds
  std::int64_t timeout = 0;                         // seconds; 0 is never
  SharedSetting<std::int64_t> maxclients = 10000;
  SharedSetting<bool> protected_mode = true;
  std::int64_t io_threads = 1;
  std::int64_t channel_capacity = 1024;  // batches
  std::int64_t shutdown_timeout = 10;    // seconds

  // Limits of the protocol.
  SharedSetting<std::int64_t> proto_max_bulk_len = 512LL * 1024 * 1024;
  SharedSetting<std::int64_t> client_query_buffer_limit = 1024LL * 1024 * 1024;

  // General.
  std::int64_t databases = 16;
  std::int64_t hz = 10;
  std::string requirepass;
  SharedSetting<bool> requires_password = false;  // requirepass is not empty
  std::string loglevel = "notice";
  std::string logfile;
  std::string dir = ".";
  std::string pidfile;
  bool daemonize = false;
  std::string enable_debug_command = "no";      // "yes", "local"
  std::string enable_protected_configs = "no";  // likewise
  bool always_show_logo = false;
  EventSelection notify_keyspace_events;

  // How lists are kept. A size above 0 bounds the elements of a chunk, -1 … -5 its bytes (4, 8, 16, 32, 64 KiB).
  std::int64_t list_max_listpack_size = -2;
  std::int64_t list_compress_depth = 0;  // accepted; chunks are not compressed

  // Up to how many elements, and elements of how many bytes, small collections are packed.
  std::int64_t hash_max_listpack_entries = 128;
  std::int64_t hash_max_listpack_value = 64;
  std::int64_t set_max_intset_entries = 512;
  std::int64_t set_max_listpack_entries = 128;
  std::int64_t set_max_listpack_value = 64;
  std::int64_t zset_max_listpack_entries = 128;
  std::int64_t zset_max_listpack_value = 64;
  // Up to how many bytes, its header among them, a HyperLogLog is sparse.
  std::int64_t hll_sparse_max_bytes = 3000;

  // Memory that connections may take up.
  OutputLimits client_output_buffer_limit;
  std::int64_t maxmemory_clients = 0;  // bytes, all together; below 0: percent of maxmemory; 0 is no limit

  // Keys that connections have read and want to be told of, at most; 0 is no limit.
  std::int64_t tracking_table_max_keys = 1'000'000;

  // Memory.
  std::uint64_t maxmemory = 0;
  std::string maxmemory_policy = "noeviction";
  std::int64_t lfu_log_factor = 10;
  std::int64_t lfu_decay_time = 1;
  bool lazyfree_lazy_expire = false;
  bool lazyfree_lazy_server_del = false;
  bool lazyfree_lazy_user_del = false;
  bool lazyfree_lazy_user_flush = false;
};

}  // namespace sluice::dispatch
