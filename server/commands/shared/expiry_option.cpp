#include "server/commands/shared/expiry_option.hpp"

#include <array>
#include <limits>
#include <string>
#include <utility>

#include "server/base/number_text.hpp"
#include "server/base/text.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands {

using dispatch::CommandError;

namespace {

using Unit = ExpiryOption::Unit;

constexpr std::array<std::pair<std::string_view, Unit>, 4> keywords = {{{"EX", Unit::seconds},
                                                                        {"PX", Unit::milliseconds},
                                                                        {"EXAT", Unit::unix_seconds},
                                                                        {"PXAT", Unit::unix_milliseconds}}};

}  // namespace

CommandError invalid_expire_time(std::string_view command_name) {
  return CommandError("ERR invalid expire time in '" + base::to_lower(command_name) + "' command");
}

bool ExpiryOption::take(dispatch::ArgReader& reader) {
  for (const auto& [keyword, unit] : keywords) {
    if (!reader.take_keyword(keyword)) continue;
    if (is_given() && unit_ != unit) throw dispatch::syntax_error();
    *this = {unit, reader.next_word()};
    return true;
  }
  return false;
}

std::int64_t ExpiryOption::at_ms(const base::Clock& clock, std::string_view command_name) const {
  constexpr std::int64_t time_max = std::numeric_limits<std::int64_t>::max();
  const auto amount = base::parse_integer(amount_);
  if (!amount) throw dispatch::not_an_integer();
  const std::int64_t unit_ms = unit_ == Unit::seconds || unit_ == Unit::unix_seconds ? 1000 : 1;
  const std::int64_t from_ms = unit_ == Unit::seconds || unit_ == Unit::milliseconds ? clock.now_ms() : 0;
  if (*amount <= 0 || *amount > time_max / unit_ms) throw invalid_expire_time(command_name);
  const std::int64_t span_ms = *amount * unit_ms;
  if (span_ms > time_max - from_ms) throw invalid_expire_time(command_name);
  return from_ms + span_ms;
}

void expire_at(dispatch::DataContext& ctx, store::Keyspace::Found& found, const store::Key& key, std::int64_t at_ms,
               dispatch::Words condition) {
  if (at_ms <= ctx.clock.now_ms()) {
    found.erase();
    ctx.notify(dispatch::EventClass::generic, "del", key);
    ctx.effects.instead(ctx.settings.lazyfree_lazy_expire ? "UNLINK" : "DEL", key.bytes);
  } else {
    found.set_expiry(at_ms);
    ctx.notify(dispatch::EventClass::generic, "expire", key);
    ctx.effects.instead_with("PEXPIREAT", key.bytes, at_ms, condition);
  }
}

}  // namespace sluice::commands
