#include "server/config/directive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "server/base/number_text.hpp"
#include "server/base/text.hpp"

namespace sluice::config {

namespace {

template <class Number>
Complaint check_bounds(Number value, Bounds bounds) {
  if (std::cmp_greater_equal(value, bounds.low) && std::cmp_less_equal(value, bounds.high)) return std::nullopt;
  return fmt::format("argument must be between {} and {} inclusive", bounds.low, bounds.high);
}

std::optional<std::uint64_t> bytes_per_unit(std::string_view unit) {
  static constexpr auto units =
      std::to_array<std::pair<std::string_view, std::uint64_t>>({{"", 1},
                                                                 {"b", 1},
                                                                 {"k", 1000},
                                                                 {"kb", 1024},
                                                                 {"m", 1000 * 1000},
                                                                 {"mb", 1024 * 1024},
                                                                 {"g", 1000UL * 1000 * 1000},
                                                                 {"gb", 1024UL * 1024 * 1024}});
  const auto* const found =
      std::ranges::find_if(units, [unit](const auto& known) { return base::equals_ignoring_case(known.first, unit); });
  if (found == units.end()) return std::nullopt;
  return found->second;
}

}  // namespace

std::optional<std::uint64_t> parse_memory(std::string_view text) {
  std::uint64_t amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc()) return std::nullopt;
  const auto unit = bytes_per_unit({end, text.data() + text.size()});
  if (!unit || amount > std::numeric_limits<std::uint64_t>::max() / *unit) return std::nullopt;
  return amount * *unit;
}

Complaint read_boolean(std::string_view text, bool& value) {
  const bool is_yes = base::equals_ignoring_case(text, "yes");
  if (!is_yes && !base::equals_ignoring_case(text, "no")) return "argument must be 'yes' or 'no'";
  value = is_yes;
  return std::nullopt;
}

Complaint read_integer(std::string_view text, Bounds bounds, std::int64_t& value) {
  const auto number = base::parse_integer(text);
  if (!number) return "argument couldn't be parsed into an integer";
  if (auto complaint = check_bounds(*number, bounds)) return complaint;
  value = *number;
  return std::nullopt;
}

Complaint read_memory(std::string_view text, Bounds bounds, std::int64_t& value) {
  const auto bytes = parse_memory(text);
  if (!bytes) return "argument must be a memory value";
  if (auto complaint = check_bounds(*bytes, bounds)) return complaint;
  value = static_cast<std::int64_t>(*bytes);
  return std::nullopt;
}

Complaint read_wide_memory(std::string_view text, std::uint64_t& value) {
  const auto bytes = parse_memory(text);
  if (!bytes) return "argument must be a memory value";
  value = *bytes;
  return std::nullopt;
}

Complaint read_octal(std::string_view text, Bounds bounds, std::int64_t& value) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 8);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  if (!is_whole || check_bounds(number, bounds)) return "argument couldn't be parsed as an octal number";
  value = number;
  return std::nullopt;
}

Complaint read_choice(std::string_view text, std::span<const std::string_view> choices, std::string& value) {
  const auto found = std::ranges::find_if(
      choices, [text](std::string_view choice) { return base::equals_ignoring_case(choice, text); });
  if (found == choices.end()) {
    return fmt::format("argument(s) must be one of the following: {}", fmt::join(choices, ", "));
  }
  value = *found;
  return std::nullopt;
}

std::string print_octal(std::int64_t value) {
  return fmt::format("{:o}", value);
}

}  // namespace sluice::config
