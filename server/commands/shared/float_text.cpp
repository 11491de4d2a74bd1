#include "server/commands/shared/float_text.hpp"

#include <charconv>
#include <cstddef>

namespace sluice::commands {

std::string_view FloatText::write(long double value) {
  constexpr int decimals_max = 17;
  const auto written =
      std::to_chars(digits_.data(), digits_.data() + digits_.size(), value, std::chars_format::fixed, decimals_max);
  std::string_view text(digits_.data(), static_cast<std::size_t>(written.ptr - digits_.data()));
  text = text.substr(0, text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.remove_suffix(1);
  return text == "-0" ? "0" : text;
}

}  // namespace sluice::commands
