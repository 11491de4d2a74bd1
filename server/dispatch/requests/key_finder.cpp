#include "server/dispatch/requests/key_finder.hpp"

#include <algorithm>
#include <cstdint>

#include "server/base/number_text.hpp"
#include "server/base/text.hpp"

namespace sluice::dispatch {

namespace {

// Where the search for keys begins; nothing if the keyword that should precede them is absent.
std::optional<long> find_beginning(const KeySpec& keys, Words request) {
  if (keys.keyword.empty()) return keys.index;
  const auto word_count = static_cast<long>(request.size());
  const bool is_backwards = keys.index < 0;
  const long step = is_backwards ? -1 : 1;
  for (long at = is_backwards ? word_count + keys.index : keys.index; at > 0 && at < word_count; at += step) {
    if (base::equals_ignoring_case(request[static_cast<std::size_t>(at)], keys.keyword)) return at + 1;
  }
  return std::nullopt;
}

// The words from the first key to the last, both included.
struct KeyRange {
  long first = 0;
  long last = 0;
};

KeyRange range_of(const KeySpec& keys, long beginning, long word_count) {
  if (keys.last >= 0) return {beginning, beginning + keys.last};
  if (keys.limit > 1) return {beginning, beginning + (word_count - beginning) / keys.limit - 1};
  return {beginning, word_count + keys.last};
}

// Nothing if the word at `beginning` is not the number of keys behind it, `step` words apart, or there are not so many.
std::optional<KeyRange> counted_range(long beginning, long step, Words request) {
  const auto count = base::parse_integer(request[static_cast<std::size_t>(beginning)]);
  const auto word_count = static_cast<std::int64_t>(request.size());
  if (!count || *count < 0 || *count >= word_count - beginning) return std::nullopt;
  const KeyRange range{beginning + 1, beginning + 1 + (*count - 1) * step};
  return range.last < word_count ? std::optional(range) : std::nullopt;
}

// An empty range if the request has no keys here; nothing if it does not have the form that `keys` expects.
std::optional<KeyRange> find_range(const KeySpec& keys, long beginning, Words request) {
  const auto word_count = static_cast<long>(request.size());
  if (beginning >= word_count) return std::nullopt;
  if (keys.is_counted) return counted_range(beginning, keys.step, request);
  const KeyRange range = range_of(keys, beginning, word_count);
  if (range.last >= word_count || range.last < range.first) return std::nullopt;
  return range;
}

bool is_of_keys(const KeySpec& keys) {
  return !keys.flags.has(KeyFlag::not_key);
}

}  // namespace

bool may_have_keys(const SpecFields& spec) {
  return spec.visit_keys != nullptr || std::ranges::any_of(spec.keys, is_of_keys);
}

KeyScan visit_keys(const SpecFields& spec, Words request, const KeyVisitor& visit) {
  if (spec.visit_keys != nullptr) return spec.visit_keys(request, visit);
  KeyScan outcome = KeyScan::none;
  for (const KeySpec& keys : spec.keys) {
    if (!is_of_keys(keys)) continue;
    const std::optional<long> beginning = find_beginning(keys, request);
    if (!beginning) continue;
    const std::optional<KeyRange> range = find_range(keys, *beginning, request);
    if (!range) return KeyScan::malformed;
    const bool is_variable = keys.flags.has(KeyFlag::variable_flags) && spec.key_flags_of != nullptr;
    const KeyFlags flags = is_variable ? spec.key_flags_of(request) : keys.flags;
    for (long at = range->first; at <= range->last; at += keys.step) {
      visit({static_cast<std::size_t>(at), flags});
      outcome = KeyScan::found;
    }
  }
  return outcome;
}

std::optional<std::size_t> find_first_key(const KeySpec& keys, Words request) {
  const std::optional<long> beginning = find_beginning(keys, request);
  if (!beginning) return std::nullopt;
  const auto first = static_cast<std::size_t>(*beginning) + (keys.is_counted ? 1U : 0U);
  return first < request.size() ? std::optional(first) : std::nullopt;
}

}  // namespace sluice::dispatch
