#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/dispatch/clients/session.hpp"
#include "server/dispatch/state/settings.hpp"

namespace sluice::net {

// The line, without '-', that a new connection is turned away with, or nothing if it may stay. `connection_count` does
// not include it.
std::optional<std::string_view> refuse_connection(const dispatch::Endpoints& endpoints,
                                                  const dispatch::Settings& settings, std::int64_t connection_count);

}  // namespace sluice::net
