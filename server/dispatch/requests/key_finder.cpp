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

// Nothing if the word at `beginning` is no number.
std::optional<KeyRange> counted_range(long beginning, Words request) {
  const auto count = base::parse_integer(request[static_cast<std::size_t>(beginning)]);
  if (!count) return std::nullopt;
  // A number beyond the words is as wrong as any other beyond them, and cannot overflow.
  const auto word_count = static_cast<std::int64_t>(request.size());
  return KeyRange{beginning + 1, beginning + std::clamp<std::int64_t>(*count, 0, word_count)};
}

// Nothing if the request does not have the form that `keys` expects.
std::optional<KeyRange> find_range(const KeySpec& keys, long beginning, Words request) {
  const auto word_count = static_cast<long>(request.size());
  if (beginning >= word_count) return std::nullopt;
  const std::optional<KeyRange> range =
      keys.is_counted ? counted_range(beginning, request) : range_of(keys, beginning, word_count);
  if (!range || range->last >= word_count || range->last < range->first) return std::nullopt;
  return range;
}

bool is_of_keys(const KeySpec& keys) {
  return !keys.flags.has(KeyFlag::not_key);
}

}  // namespace

bool may_have_keys(const SpecFields& spec) {
  return std::ranges::any_of(spec.keys, is_of_keys);
}

std::optional<std::vector<FoundKey>> find_keys(const SpecFields& spec, Words request) {
  std::vector<FoundKey> found;
  for (const KeySpec& keys : spec.keys) {
    if (!is_of_keys(keys)) continue;
    const std::optional<long> beginning = find_beginning(keys, request);
    if (!beginning) continue;
    const std::optional<KeyRange> range = find_range(keys, *beginning, request);
    if (!range) return std::nullopt;
    const bool is_variable = keys.flags.has(KeyFlag::variable_flags) && spec.key_flags_of != nullptr;
    const KeyFlags flags = is_variable ? spec.key_flags_of(request) : keys.flags;
    for (long at = range->first; at <= range->last; at += keys.step) {
      found.push_back({static_cast<std::size_t>(at), flags});
    }
  }
  return found;
}

std::optional<std::size_t> find_first_key(const KeySpec& keys, Words request) {
  const std::optional<long> beginning = find_beginning(keys, request);
  if (!beginning) return std::nullopt;
  const auto first = static_cast<std::size_t>(*beginning) + (keys.is_counted ? 1U : 0U);
  return first < request.size() ? std::optional(first) : std::nullopt;
}

}  // namespace sluice::dispatch
