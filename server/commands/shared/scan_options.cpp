#include "server/commands/shared/scan_options.hpp"

#include <charconv>
#include <system_error>

#include "server/base/glob.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands {

void ScanOptions::read_cursor(dispatch::ArgReader& reader) {
  constexpr std::uint64_t cursor_mask = (std::uint64_t{1} << 52) - 1;
  const std::string_view word = reader.next_word();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  const bool is_whole_number = error == std::errc{} && end == word.data() + word.size();
  if (!is_whole_number) throw dispatch::CommandError("ERR invalid cursor");
  cursor = value & cursor_mask;
}

bool ScanOptions::take_option(dispatch::ArgReader& reader) {
  if (reader.take_keyword("MATCH")) {
    pattern = reader.next_word();
    return true;
  }
  if (!reader.take_keyword("COUNT")) return false;
  count = reader.next_integer();
  if (count < 1) throw dispatch::syntax_error();
  return true;
}

bool ScanOptions::accepts(std::string_view name) const {
  return !pattern || *pattern == "*" || base::glob_matches(*pattern, name);
}

}  // namespace sluice::commands
