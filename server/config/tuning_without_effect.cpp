#include "server/config/tuning_without_effect.hpp"

#include <algorithm>
#include <array>

#include "server/base/text.hpp"

namespace sluice::config {

bool is_tuning_without_effect(std::string_view name) {
  static constexpr auto names = std::to_array<std::string_view>({
      // The process.
      "crash-log-enabled",
      "crash-memcheck-enabled",
      "disable-thp",
      "dynamic-hz",
      "io-threads-do-reads",
      "jemalloc-bg-thread",
      "locale-collate",
      "oom-score-adj",
      "oom-score-adj-values",
      "proc-title-template",
      "set-proc-title",
      // Memory.
      "active-defrag-cycle-max",
      "active-defrag-cycle-min",
      "active-defrag-ignore-bytes",
      "active-defrag-max-scan-fields",
      "active-defrag-threshold-lower",
      "active-defrag-threshold-upper",
      "active-expire-effort",
      "activedefrag",
      "activerehashing",
      "lazyfree-lazy-eviction",
      "maxmemory-eviction-tenacity",
      "maxmemory-samples",
      // Types that are not there yet.
      "stream-node-max-bytes",
      "stream-node-max-entries",
      // How snapshots and logs are written, were there any.
      "aof-load-truncated",
      "aof-rewrite-incremental-fsync",
      "aof-timestamp-enabled",
      "aof-use-rdb-preamble",
      "appenddirname",
      "appendfilename",
      "appendfsync",
      "auto-aof-rewrite-min-size",
      "auto-aof-rewrite-percentage",
      "dbfilename",
      "no-appendfsync-on-rewrite",
      "rdb-del-sync-files",
      "rdb-save-incremental-fsync",
      "rdbchecksum",
      "rdbcompression",
      "sanitize-dump-payload",
      "stop-writes-on-bgsave-error",
      // How a replica is kept up to date, were there one.
      "repl-backlog-size",
      "repl-backlog-ttl",
      "repl-disable-tcp-nodelay",
      "repl-diskless-load",
      "repl-diskless-sync",
      "repl-diskless-sync-delay",
      "repl-diskless-sync-max-replicas",
      "repl-diskless-sync-period",
      "repl-ping-replica-period",
      "repl-timeout",
      "replica-ignore-maxmemory",
      "replica-lazy-flush",
      "replica-priority",
      "replica-read-only",
      "replica-serve-stale-data",
      // Scripts, and what is written down about slow commands and refused users.
      "acllog-max-len",
      "busy-reply-threshold",
      "latency-monitor-threshold",
      "latency-tracking",
      "latency-tracking-info-percentiles",
      "lua-time-limit",
      "slowlog-log-slower-than",
      "slowlog-max-len",
  });
  return std::ranges::any_of(names, [name](std::string_view each) { return base::equals_ignoring_case(each, name); });
}

}  // namespace sluice::config
