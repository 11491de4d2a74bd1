#include "server/commands/shared/element_times.hpp"

#include <array>
#include <limits>
#include <string>
#include <utility>

#include "server/base/number_text.hpp"
#include "server/commands/shared/expiry_option.hpp"
#include "server/dispatch/requests/command_error.hpp"

namespace sluice::commands {

using dispatch::ArgReader;
using dispatch::CommandError;
using dispatch::Words;

namespace {

// Redis keeps times of elements in 46 bits.
constexpr std::int64_t element_time_ms_max = (std::int64_t{1} << 46) - 1;

CommandError complaint(std::string_view text) {
  return CommandError("ERR " + std::string(text));
}

CommandError unknown_argument(std::string_view word) {
  return CommandError("ERR unknown argument: " + std::string(word));
}

std::optional<TimeCondition> take_condition(ArgReader& reader) {
  constexpr std::array<std::pair<std::string_view, TimeCondition>, 4> keywords{{{"NX", TimeCondition::only_first},
                                                                                {"XX", TimeCondition::only_replacing},
                                                                                {"GT", TimeCondition::only_later},
                                                                                {"LT", TimeCondition::only_earlier}}};
  for (const auto& [keyword, condition] : keywords) {
    if (reader.take_keyword(keyword)) return condition;
  }
  return std::nullopt;
}

Words take_words(ArgReader& reader, std::size_t count) {
  const Words words = reader.left_words().first(count);
  for (; count > 0; --count) reader.next_word();
  return words;
}

// The elements of a setter, behind the keyword.
Words read_elements_of_setter(ArgReader& reader, const ElementWords& words) {
  if (reader.left() < 2) {
    throw complaint(std::string(words.keyword) + " requires at least " + std::string(words.counter) + " and one " +
                    std::string(words.singular) + " argument");
  }
  const auto count = base::parse_integer(reader.next_word());
  if (!count || *count <= 0) {
    throw complaint("Parameter `" + std::string(words.parameter) + "` should be greater than 0");
  }
  if (static_cast<std::uint64_t>(*count) > reader.left()) throw complaint("wrong number of arguments");
  return take_words(reader, static_cast<std::size_t>(*count));
}

}  // namespace

bool allows(TimeCondition condition, std::optional<std::int64_t> present_ms, std::int64_t wanted_ms) {
  switch (condition) {
    case TimeCondition::none:
      return true;
    case TimeCondition::only_first:
      return !present_ms;
    case TimeCondition::only_replacing:
      return present_ms.has_value();
    case TimeCondition::only_later:
      return present_ms && wanted_ms > *present_ms;
    case TimeCondition::only_earlier:
      return !present_ms || wanted_ms < *present_ms;
  }
  return false;
}

std::int64_t element_time_ms(std::string_view amount, const TimeUnit& unit, const base::Clock& clock,
                             std::string_view command_name) {
  const auto number = base::parse_integer(amount);
  if (!number) throw dispatch::not_an_integer();
  if (*number < 0) throw complaint("invalid expire time, must be >= 0");
  if (*number > element_time_ms_max / unit.unit_ms) throw invalid_expire_time(command_name);
  const std::int64_t from_ms = unit.is_relative ? clock.now_ms() : 0;
  if (*number * unit.unit_ms > element_time_ms_max - from_ms) throw invalid_expire_time(command_name);
  return from_ms + *number * unit.unit_ms;
}

ElementExpiry ElementExpiry::read(ArgReader reader, const ElementWords& words, const TimeUnit& unit,
                                  const base::Clock& clock, std::string_view command_name) {
  ElementExpiry expiry{.at_ms = element_time_ms(reader.next_word(), unit, clock, command_name)};
  while (!reader.done()) {
    if (const auto condition = take_condition(reader)) {
      if (expiry.condition != TimeCondition::none) throw complaint("Multiple condition flags specified");
      expiry.condition = *condition;
    } else if (reader.take_keyword(words.keyword)) {
      if (!expiry.elements.empty()) {
        throw complaint(std::string(words.keyword) + " keyword specified multiple times");
      }
      expiry.elements = read_elements_of_setter(reader, words);
    } else {
      throw unknown_argument(reader.peek());
    }
  }
  if (expiry.elements.empty()) throw complaint("missing " + std::string(words.keyword) + " argument");
  return expiry;
}

Words read_elements(ArgReader& reader, const ElementWords& words) {
  if (!reader.take_keyword(words.keyword)) {
    throw complaint("Mandatory argument " + std::string(words.keyword) + " is missing or not at the right position");
  }
  const auto count = base::parse_integer(reader.next_word());
  if (!count || *count <= 0) {
    throw complaint("Number of " + std::string(words.plural) + " must be a positive integer");
  }
  if (static_cast<std::uint64_t>(*count) != reader.left()) {
    throw complaint("The `" + std::string(words.counter) + "` parameter must match the number of arguments");
  }
  return reader.rest();
}

bool ElementTimeOption::take(ArgReader& reader, std::string_view own_word) {
  constexpr std::array<std::pair<std::string_view, TimeUnit>, 4> keywords{
      {{"EX", for_seconds}, {"PX", for_ms}, {"EXAT", until_seconds}, {"PXAT", until_ms}}};
  const auto refuse_second = [&] {
    if (is_given()) {
      throw complaint("Only one of EX, PX, EXAT, PXAT or " + std::string(own_word) + " arguments can be specified");
    }
  };
  if (reader.take_keyword(own_word)) {
    refuse_second();
    is_own_word = true;
    return true;
  }
  for (const auto& [keyword, its_unit] : keywords) {
    if (!reader.take_keyword(keyword)) continue;
    refuse_second();
    if (reader.done()) throw complaint("missing expire time");
    unit = its_unit;
    amount = reader.next_word();
    return true;
  }
  return false;
}

std::optional<std::int64_t> ElementTimeOption::at_ms(const base::Clock& clock, std::string_view command_name) const {
  if (!unit) return std::nullopt;
  return element_time_ms(amount, *unit, clock, command_name);
}

Words read_counted_elements(ArgReader& reader, const ElementWords& words, std::size_t words_each) {
  const auto count = reader.done() ? std::nullopt : base::parse_integer(reader.next_word());
  if (!count || *count <= 0) throw complaint("invalid number of " + std::string(words.plural));
  if (static_cast<std::uint64_t>(*count) > reader.left() / words_each) throw complaint("wrong number of arguments");
  return take_words(reader, static_cast<std::size_t>(*count) * words_each);
}

ElementWrite ElementWrite::parse(ArgReader& reader, const ElementWords& words, std::size_t words_each,
                                 std::string_view none_word, std::string_view all_word) {
  ElementWrite write;
  const auto set_condition = [&](Presence condition) {
    if (write.condition != Presence::any) {
      throw complaint("Only one of " + std::string(all_word) + " or " + std::string(none_word) +
                      " arguments can be specified");
    }
    write.condition = condition;
  };
  while (!reader.done()) {
    if (reader.take_keyword(none_word)) {
      set_condition(Presence::none_exists);
    } else if (reader.take_keyword(all_word)) {
      set_condition(Presence::all_exist);
    } else if (reader.take_keyword(words.keyword)) {
      if (!write.elements.empty()) throw complaint(std::string(words.keyword) + " keyword specified multiple times");
      write.elements = read_counted_elements(reader, words, words_each);
    } else if (!write.time.take(reader, "KEEPTTL")) {
      throw unknown_argument(reader.peek());
    }
  }
  if (write.elements.empty()) throw complaint("missing " + std::string(words.keyword) + " argument");
  return write;
}

std::int64_t told_time(std::optional<std::int64_t> time_ms, const TimeUnit& unit, const base::Clock& clock) {
  if (!time_ms) return static_cast<std::int64_t>(TimeOutcome::no_time);
  const std::int64_t ms = unit.is_relative ? *time_ms - clock.now_ms() : *time_ms;
  return (ms + unit.unit_ms - 1) / unit.unit_ms;
}

}  // namespace sluice::commands
