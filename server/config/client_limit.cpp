#include "server/config/client_limit.hpp"

#include <algorithm>

#include "server/base/process.hpp"

namespace sluice::config {

std::optional<std::int64_t> find_lower_client_limit(const dispatch::Settings& settings) {
  // Descriptors that no client has: listening sockets, log, files, and those of each thread's event loops (Asio's three
  // descriptors, and the set and the alarm of net::Readiness).
  constexpr std::int64_t process_files = 32;
  constexpr std::int64_t files_per_thread = 5;
  const std::int64_t reserved = process_files + files_per_thread * (settings.io_threads - 1);
  const std::int64_t clients = base::raise_open_files_limit(settings.maxclients + reserved) - reserved;
  if (clients >= settings.maxclients) return std::nullopt;
  return std::max<std::int64_t>(clients, 0);
}

}  // namespace sluice::config
