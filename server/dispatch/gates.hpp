#pragma once

#include <optional>
#include <string_view>

#include "server/dispatch/session.hpp"
#include "server/dispatch/settings.hpp"
#include "server/dispatch/spec.hpp"

namespace sluice::dispatch {

// What a gate decides on.
struct GateQuestion {
  const Session& session;
  const SpecFields& spec;
  const Settings& settings;
};

// The reply line that refuses the command, or nothing if it may run. Gates are asked in their order; the first refusal
// stands.
std::optional<std::string_view> find_refusal(const GateQuestion& question);

// The gates, each by itself.
std::optional<std::string_view> refuse_unauthenticated(const GateQuestion& question);
std::optional<std::string_view> refuse_protected_command(const GateQuestion& question);

}  // namespace sluice::dispatch
