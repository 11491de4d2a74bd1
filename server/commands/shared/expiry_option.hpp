#pragma once

#include <cstdint>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/dispatch/call/contexts.hpp"
#include "server/dispatch/requests/arg_reader.hpp"
#include "server/dispatch/requests/command_error.hpp"
#include "server/store/types.hpp"

namespace sluice::commands {

// When a key shall expire, as a request says it: an amount and its unit, still in the words of the request. The options
// EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds of SET and GETEX.
class ExpiryOption {
 public:
  enum class Unit : std::uint8_t { none, seconds, milliseconds, unix_seconds, unix_milliseconds };

  ExpiryOption() = default;
  ExpiryOption(Unit unit, std::string_view amount) : unit_(unit), amount_(amount) {}

  // Takes the option with its amount if it is next. A second one of the same unit replaces the first; throws a syntax
  // error for one of another unit.
  bool take(dispatch::ArgReader& reader);

  bool is_given() const { return unit_ != Unit::none; }

  // The Unix time that is meant, in milliseconds; it may lie in the past when it was given as such. Requires
  // is_given(). Throws the CommandErrors of `command_name` when the amount is no integer, not positive, or leads out of
  // range.
  std::int64_t at_ms(const base::Clock& clock, std::string_view command_name) const;

 private:
  Unit unit_ = Unit::none;
  std::string_view amount_;
};

// The error of a time that is not allowed or leads out of range.
dispatch::CommandError invalid_expire_time(std::string_view command_name);

// Lets the key that was found expire at that Unix time, or removes it if that has come; tells of it. The effect is
// PEXPIREAT with `condition`, the words of the request behind the time, or the removal.
void expire_at(dispatch::DataContext& ctx, store::Keyspace::Found& found, const store::Key& key, std::int64_t at_ms,
               dispatch::Words condition = {});

}  // namespace sluice::commands
