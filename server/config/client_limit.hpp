#pragma once

#include <cstdint>
#include <optional>

#include "server/dispatch/state/settings.hpp"

namespace sluice::config {

// Raises the process's limit on open files to what `maxclients` needs. Returns how many clients there is room for
// (perhaps none) if that is fewer, or nothing.
std::optional<std::int64_t> find_lower_client_limit(const dispatch::Settings& settings);

}  // namespace sluice::config
