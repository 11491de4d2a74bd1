#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::dispatch {

// The sections of INFO.
enum class FigureSection : std::uint8_t {
  server,
  clients,
  memory,
  persistence,
  stats,
  replication,
  cpu,
  modules,
  command_statistics,
  error_statistics,
  cluster,
  keyspace,
};

// Appends the lines of INFO to a text.
class FigureSink {
 public:
  explicit FigureSink(std::string& text) : text_(text) {}

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

// A service that tells its own figures.
class FigureSource {
 public:
  // Appends the lines that it has in `section`, if any.
  virtual void tell(FigureSection section, FigureSink& sink) const = 0;

 protected:
  ~FigureSource() = default;
};
using FigureSources = std::vector<const FigureSource*>;

// "1.50K", "3.00M" …; below 1024 in bytes, "17B".
std::string human_bytes(std::uint64_t bytes);

}  // namespace sluice::dispatch
