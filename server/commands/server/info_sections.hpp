#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "server/dispatch/call/contexts.hpp"

namespace sluice::commands::server {

// Appends the lines of INFO to a text.
class InfoWriter {
 public:
  explicit InfoWriter(std::string& text) : text_(text) {}

  void title(std::string_view title);

  template <class Value>
  void field(std::string_view name, const Value& value) {
    fmt::format_to(std::back_inserter(text_), "{}:{}\r\n", name, value);
  }
  // With two decimals, the way in which INFO tells ratios.
  void ratio(std::string_view name, double value) { field(name, fmt::format("{:.2f}", value)); }
  // Twice: in bytes, and under the name with "_human" in a unit that suits the amount.
  void bytes(std::string_view name, std::uint64_t value);

 private:
  std::string& text_;
};

struct InfoSection {
  std::string_view name;  // as INFO takes it
  std::string_view title;
  bool is_default;  // shown unless other sections are asked for
  void (*write)(InfoWriter& out, const dispatch::AdminContext& ctx);
};

// In the order in which they are shown.
std::span<const InfoSection> info_sections();

// "1.50K", "3.00M" …; below 1024 in bytes, "17B".
std::string human_bytes(std::uint64_t bytes);

}  // namespace sluice::commands::server
