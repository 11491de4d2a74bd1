#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/dispatch/state/settings.hpp"

namespace sluice::config {

// Why a value cannot be taken, in the words that CONFIG SET and the error at start show; nothing if it can.
using Complaint = std::optional<std::string>;
using Values = std::span<const std::string_view>;

// The clients that may change a directive once the server runs.
enum class Changeable : std::uint8_t {
  at_start,       // nobody
  any_time,       // everybody who may use CONFIG SET
  when_unlocked,  // only as enable-protected-configs allows
};

// One line of the configuration: how it is called, how its values are read, checked and told, and the fields of
// Settings that it stands for.
struct Directive {
  std::string_view name;
  Changeable changeable = Changeable::any_time;
  bool takes_many = false;  // any number of values instead of exactly one
  // Takes the values over; changes nothing when it complains.
  std::function<Complaint(dispatch::Settings&, Values)> write;
  // The present values, in the form in which write() takes them.
  std::function<std::vector<std::string>(const dispatch::Settings&)> read;
  // The lines of a configuration file that say what read() tells, each as its values; if empty it is one line.
  std::function<std::vector<std::vector<std::string>>(const dispatch::Settings&)> read_lines;
  // What a value means depends on the process's working directory, so that it may come to mean something else.
  bool depends_on_working_directory = false;
};

struct Bounds {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

// A text as an amount of memory: bytes, or with a unit in any case: b, k (1000), kb (1024), m, mb, g, gb. Nothing if it
// is none, or too large.
std::optional<std::uint64_t> parse_memory(std::string_view text);

// The readers of the types of value. Integers are in the canonical decimal form; names of choices are in any case.
Complaint read_boolean(std::string_view text, bool& value);
Complaint read_integer(std::string_view text, Bounds bounds, std::int64_t& value);
Complaint read_memory(std::string_view text, Bounds bounds, std::int64_t& value);
Complaint read_wide_memory(std::string_view text, std::uint64_t& value);  // any number of 64 bits
Complaint read_octal(std::string_view text, Bounds bounds, std::int64_t& value);
Complaint read_choice(std::string_view text, std::span<const std::string_view> choices, std::string& value);

inline std::string_view print_boolean(bool value) {
  return value ? "yes" : "no";
}
std::string print_octal(std::int64_t value);

}  // namespace sluice::config
