#include "server/dispatch/state/figures.hpp"

namespace sluice::dispatch {

void FigureSink::title(std::string_view title) {
  if (!text_.empty()) text_ += "\r\n";
  fmt::format_to(std::back_inserter(text_), "# {}\r\n", title);
}

void FigureSink::bytes(std::string_view name, std::uint64_t value) {
  field(name, value);
  field(fmt::format("{}_human", name), human_bytes(value));
}

std::string human_bytes(std::uint64_t bytes) {
  static constexpr std::string_view units = "KMGTP";
  if (bytes < 1024) return fmt::format("{}B", bytes);
  double amount = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (amount >= 1024 && unit + 1 < units.size()) {
    amount /= 1024;
    ++unit;
  }
  return fmt::format("{:.2f}{}", amount, units[unit]);
}

}  // namespace sluice::dispatch
