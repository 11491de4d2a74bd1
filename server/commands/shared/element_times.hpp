#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/dispatch/requests/arg_reader.hpp"

// The times of single elements: of the fields of a hash (HEXPIRE …) and of the members of a set (SEXPIRE …), which
// differ in their words only.
namespace sluice::commands {

// The words of one of the families.
struct ElementWords {
  std::string_view keyword;    // FIELDS, MEMBERS: announces the elements
  std::string_view counter;    // numfields, nummembers: as errors name the count
  std::string_view parameter;  // numFields, numMembers: as the errors of the setters name it
  std::string_view singular;   // field, member
  std::string_view plural;     // fields, members
};
inline constexpr ElementWords field_words{"FIELDS", "numfields", "numFields", "field", "fields"};
inline constexpr ElementWords member_words{"MEMBERS", "nummembers", "numMembers", "member", "members"};

// How the time of an element is told, in requests and replies.
struct TimeUnit {
  std::int64_t unit_ms = 1;
  bool is_relative = false;
};
inline constexpr TimeUnit for_seconds{1000, true};
inline constexpr TimeUnit for_ms{1, true};
inline constexpr TimeUnit until_seconds{1000, false};
inline constexpr TimeUnit until_ms{1, false};

// The replies for one element.
enum class TimeOutcome : std::int64_t { absent = -2, no_time = -1, refused = 0, done = 1, erased = 2 };

// Whether an element gets its new time, by the one that it has.
enum class TimeCondition : std::uint8_t { none, only_first, only_replacing, only_later, only_earlier };
bool allows(TimeCondition condition, std::optional<std::int64_t> present_ms, std::int64_t wanted_ms);

// The Unix time in milliseconds that `amount` of the unit means. Throws the CommandErrors of `command_name` when the
// amount is no integer, negative, or beyond the latest time that an element can have.
std::int64_t element_time_ms(std::string_view amount, const TimeUnit& unit, const base::Clock& clock,
                             std::string_view command_name);

// The arguments of HEXPIRE and the like behind the key: amount [NX | XX | GT | LT] FIELDS count element [element ...],
// the last two in any order. Redis checks the key's type before it reads them, so commands call read() when they
// execute.
struct ElementExpiry {
  std::int64_t at_ms = 0;
  TimeCondition condition = TimeCondition::none;
  dispatch::Words elements = {};

  // Throws the CommandErrors of `command_name`.
  static ElementExpiry read(dispatch::ArgReader reader, const ElementWords& words, const TimeUnit& unit,
                            const base::Clock& clock, std::string_view command_name);
};

// The elements of a request that reads times, or takes them away: FIELDS count element [element ...], and nothing else.
dispatch::Words read_elements(dispatch::ArgReader& reader, const ElementWords& words);

// The new time that HSETEX, HGETEX and SADDEX give: at most one of EX, PX, EXAT, PXAT and a word of the command's own
// (KEEPTTL, PERSIST).
struct ElementTimeOption {
  std::optional<TimeUnit> unit;
  std::string_view amount = {};
  bool is_own_word = false;

  bool is_given() const { return unit.has_value() || is_own_word; }
  // Takes the option if it is next; throws CommandError for a second one.
  bool take(dispatch::ArgReader& reader, std::string_view own_word);
  // None unless a time was given.
  std::optional<std::int64_t> at_ms(const base::Clock& clock, std::string_view command_name) const;
};

// The elements of HSETEX, HGETEX and SADDEX: count element [element ...] behind the keyword, `words_each` words for
// each.
dispatch::Words read_counted_elements(dispatch::ArgReader& reader, const ElementWords& words, std::size_t words_each);

// Whether the elements of a request must be there already, or must not.
enum class Presence : std::uint8_t { any, none_exists, all_exist };

// The arguments of HSETEX and SADDEX behind the key: [condition] [EX | PX | EXAT | PXAT time | KEEPTTL] KEYWORD count
// element [element ...], in any order, with `words_each` words for each element.
struct ElementWrite {
  Presence condition = Presence::any;
  ElementTimeOption time;
  dispatch::Words elements = {};

  // `none_word`, `all_word`: FNX and FXX, MNX and MXX.
  static ElementWrite parse(dispatch::ArgReader& reader, const ElementWords& words, std::size_t words_each,
                            std::string_view none_word, std::string_view all_word);
  bool keeps_times() const { return time.is_own_word; }
};

// The time of an element as a command of that unit tells it; TimeOutcome::no_time if there is none.
std::int64_t told_time(std::optional<std::int64_t> time_ms, const TimeUnit& unit, const base::Clock& clock);

}  // namespace sluice::commands
