#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/commands/shared/element_events.hpp"
#include "server/commands/shared/element_times.hpp"
#include "server/commands/shared/key_lookup.hpp"
#include "server/dispatch/call/contexts.hpp"

// The commands on the times of elements, for hashes and sets alike. A Family names the differences:
//
//   Value                          store::Hash, store::Set
//   words                          an ElementWords
//   event_class                    of its events
//   expire_event, persist_event, erase_event
//   expire_command                 repeats new times: key ms FIELDS count element [element ...]
//   persist_command                repeats that times went: key FIELDS count element [element ...]
//   erase_command                  repeats removals: key element [element ...]
//   set_time(ctx, value, element, time_ms)
namespace sluice::commands {

// A key, and the rest of the words, which Redis reads after it has looked at the key.
struct KeyAndRest {
  store::Key key;
  dispatch::ArgReader rest;

  static KeyAndRest parse(dispatch::ArgReader& reader) {
    const store::Key key = reader.next_key();
    const dispatch::ArgReader rest = reader;
    reader.rest();
    return {key, rest};
  }
};

// A key and some of its elements.
struct KeyAndElements {
  store::Key key;
  dispatch::Words elements;

  static KeyAndElements parse(dispatch::ArgReader& reader, const ElementWords& words) {
    const store::Key key = reader.next_key();
    return {key, read_elements(reader, words)};
  }
};

// Of HEXPIRE and the like.
constexpr dispatch::SpecFields expire_elements_spec(std::string_view name, std::string_view since,
                                                    std::string_view syntax, std::string_view summary) {
  using dispatch::Flag;
  using dispatch::KeyFlag;
  return {.name = name,
          .arity = -6,
          .flags = Flag::write | Flag::fast | Flag::several_changes,
          .keys = dispatch::one_key(KeyFlag::read_write | KeyFlag::update),
          .since = since,
          .summary = summary,
          .complexity = "O(N) for N elements",
          .syntax = syntax};
}

// Of HTTL and the like, and of HPERSIST with `is_write`.
constexpr dispatch::SpecFields element_times_spec(std::string_view name, bool is_write, std::string_view since,
                                                  std::string_view syntax, std::string_view summary) {
  using dispatch::Flag;
  using dispatch::KeyFlag;
  return {.name = name,
          .arity = -5,
          .flags = is_write ? Flag::write | Flag::fast | Flag::several_changes : Flag::readonly | Flag::fast,
          .keys = dispatch::one_key(is_write ? KeyFlag::read_write | KeyFlag::update
                                             : KeyFlag::read_only | KeyFlag::access),
          .since = since,
          .summary = summary,
          .complexity = "O(N) for N elements",
          .syntax = syntax};
}

// Repeats a command of the form: name key [ms] KEYWORD count element [element ...].
template <class Family>
void repeat_for_elements(dispatch::DataContext& ctx, std::string_view name, const store::Key& key,
                         std::optional<std::int64_t> at_ms, dispatch::Words elements) {
  if (elements.empty()) return;
  const std::string time = at_ms ? std::to_string(*at_ms) : std::string();
  const std::string count = std::to_string(elements.size());
  ctx.effects.instead_written([&](std::vector<std::string_view>& request) {
    request = {name, key.bytes};
    if (at_ms) request.push_back(time);
    request.insert(request.end(), {Family::words.keyword, count});
    request.insert(request.end(), elements.begin(), elements.end());
  });
}

// Tells of elements that got new times or were erased because these have passed, and repeats that.
template <class Family>
void tell_of_new_times(dispatch::DataContext& ctx, const store::Key& key, std::int64_t at_ms, dispatch::Words timed,
                       dispatch::Words erased, bool remains) {
  repeat_for_elements<Family>(ctx, Family::expire_command, key, at_ms, timed);
  if (!erased.empty()) ctx.effects.instead_with(Family::erase_command, key.bytes, erased);
  if (!timed.empty()) notify_elements(ctx, Family::event_class, Family::expire_event, key, timed);
  if (!erased.empty()) notify_elements(ctx, Family::event_class, Family::erase_event, key, erased);
  if (!remains) ctx.notify(dispatch::EventClass::generic, "del", key);
}

// Gives the elements of an open value a time, or erases them if it has passed, one after the other where the condition
// holds; tells of it. Returns the outcomes.
template <class Family>
std::vector<TimeOutcome> give_time(dispatch::DataContext& ctx, const store::Key& key,
                                   Typed<typename Family::Value>& value, const ElementExpiry& expiry) {
  using Value = typename Family::Value;
  std::vector<TimeOutcome> outcomes(expiry.elements.size(), TimeOutcome::absent);
  std::vector<std::string_view> timed;
  std::vector<std::string_view> erased;
  timed.reserve(expiry.elements.size());
  erased.reserve(expiry.elements.size());
  const bool is_past = expiry.at_ms <= ctx.clock.now_ms();
  const auto change_one = [&](Value& edited, std::string_view element) {
    if (!edited.view().contains(element)) return TimeOutcome::absent;
    if (!allows(expiry.condition, edited.view().time_ms(element), expiry.at_ms)) return TimeOutcome::refused;
    if (is_past) {
      edited.erase(element);
      erased.push_back(element);
      return TimeOutcome::erased;
    }
    Family::set_time(ctx, edited, element, expiry.at_ms);
    timed.push_back(element);
    return TimeOutcome::done;
  };
  const bool remains = value.edit([&](Value& edited) {
    for (std::size_t index = 0; index < outcomes.size(); ++index) {
      outcomes[index] = change_one(edited, expiry.elements[index]);
    }
  });
  tell_of_new_times<Family>(ctx, key, expiry.at_ms, timed, erased, remains);
  return outcomes;
}

template <class Family>
bool any_changes(const typename Family::Value::View& view, const ElementExpiry& expiry) {
  return std::ranges::any_of(expiry.elements, [&](std::string_view element) {
    return view.contains(element) && allows(expiry.condition, view.time_ms(element), expiry.at_ms);
  });
}

inline void reply_outcomes(dispatch::DataContext& ctx, const std::vector<TimeOutcome>& outcomes) {
  ctx.reply.array(outcomes.size());
  for (const TimeOutcome outcome : outcomes) ctx.reply.integer(static_cast<std::int64_t>(outcome));
}

// Whether a value has the elements that the request wants to be there, or not to be there.
template <class Value>
bool is_met(const ElementWrite& write, const Typed<Value>& value, std::size_t words_each) {
  if (write.condition == Presence::any) return true;
  const bool wanted = write.condition == Presence::all_exist;
  for (std::size_t index = 0; index < write.elements.size(); index += words_each) {
    if ((value && (*value).contains(write.elements[index])) != wanted) return false;
  }
  return true;
}

// Repeats HSETEX or SADDEX for `elements`, which are `count`.
template <class Family>
void repeat_write(dispatch::DataContext& ctx, std::string_view name, const store::Key& key, const ElementWrite& write,
                  std::optional<std::int64_t> at_ms, dispatch::Words elements, std::size_t count) {
  const std::string ms = at_ms ? std::to_string(*at_ms) : std::string();
  const std::string count_text = std::to_string(count);
  ctx.effects.instead_written([&](std::vector<std::string_view>& request) {
    request = {name, key.bytes};
    if (at_ms) request.insert(request.end(), {"PXAT", ms});
    if (write.keeps_times()) request.emplace_back("KEEPTTL");
    request.insert(request.end(), {Family::words.keyword, count_text});
    request.insert(request.end(), elements.begin(), elements.end());
  });
}

// HEXPIRE and the like. `arguments`: behind the key.
template <class Family>
void expire_elements(dispatch::DataContext& ctx, const store::Key& key, const dispatch::ArgReader& arguments,
                     const TimeUnit& unit, std::string_view command_name) {
  auto value = open<typename Family::Value>(ctx, key);
  const ElementExpiry expiry = ElementExpiry::read(arguments, Family::words, unit, ctx.clock, command_name);
  value.drop_expired(expiry.elements);
  std::vector<TimeOutcome> outcomes(expiry.elements.size(), TimeOutcome::absent);
  if (value && any_changes<Family>(*value, expiry)) {
    outcomes = give_time<Family>(ctx, key, value, expiry);
  } else if (value) {
    std::ranges::transform(expiry.elements, outcomes.begin(), [view = *value](std::string_view element) {
      return view.contains(element) ? TimeOutcome::refused : TimeOutcome::absent;
    });
  }
  reply_outcomes(ctx, outcomes);
}

// HTTL and the like.
template <class Family>
void reply_times(dispatch::DataContext& ctx, const store::Key& key, dispatch::Words elements, const TimeUnit& unit) {
  const auto value = read<typename Family::Value>(ctx, key);
  ctx.reply.array(elements.size());
  for (const std::string_view element : elements) {
    const bool is_there = value && (*value).contains(element);
    ctx.reply.integer(is_there ? told_time((*value).time_ms(element), unit, ctx.clock)
                               : static_cast<std::int64_t>(TimeOutcome::absent));
  }
}

// Takes the times of elements away, one after the other; tells of it. Returns the outcomes. The command that does only
// this repeats itself.
template <class Family>
std::vector<TimeOutcome> take_times(dispatch::DataContext& ctx, const store::Key& key,
                                    Typed<typename Family::Value>& value, dispatch::Words elements) {
  using Value = typename Family::Value;
  std::vector<TimeOutcome> outcomes(elements.size(), TimeOutcome::absent);
  std::vector<std::string_view> changed;
  changed.reserve(elements.size());
  const auto outcome_of = [](const typename Value::View& view, std::string_view element) {
    if (!view.contains(element)) return TimeOutcome::absent;
    return view.time_ms(element) ? TimeOutcome::done : TimeOutcome::no_time;
  };
  std::ranges::transform(elements, outcomes.begin(),
                         [&, view = *value](std::string_view element) { return outcome_of(view, element); });
  if (std::ranges::find(outcomes, TimeOutcome::done) == outcomes.end()) return outcomes;
  value.edit([&](Value& edited) {
    for (std::size_t index = 0; index < elements.size(); ++index) {
      outcomes[index] = outcome_of(edited.view(), elements[index]);
      if (outcomes[index] != TimeOutcome::done) continue;
      Family::set_time(ctx, edited, elements[index], std::nullopt);
      changed.push_back(elements[index]);
    }
  });
  notify_elements(ctx, Family::event_class, Family::persist_event, key, changed);
  return outcomes;
}

// HPERSIST and the like.
template <class Family>
void persist_elements(dispatch::DataContext& ctx, const store::Key& key, dispatch::Words elements) {
  auto value = open<typename Family::Value>(ctx, key);
  value.drop_expired(elements);
  reply_outcomes(ctx, value ? take_times<Family>(ctx, key, value, elements)
                            : std::vector<TimeOutcome>(elements.size(), TimeOutcome::absent));
}

}  // namespace sluice::commands
