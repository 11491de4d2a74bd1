#include "server/dispatch/key_finder.hpp"

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

}  // namespace

std::optional<std::vector<FoundKey>> find_keys(const SpecFields& spec, Words request) {
  const auto word_count = static_cast<long>(request.size());
  std::vector<FoundKey> found;
  for (const KeySpec& keys : spec.keys) {
    const std::optional<long> first = find_beginning(keys, request);
    if (!first) continue;
    const long last = keys.last >= 0 ? *first + keys.last : word_count + keys.last;
    if (*first >= word_count || last >= word_count || last < *first) return std::nullopt;
    const bool is_variable = keys.flags.has(KeyFlag::variable_flags) && spec.key_flags_of != nullptr;
    const KeyFlags flags = is_variable ? spec.key_flags_of(request) : keys.flags;
    for (long at = *first; at <= last; at += keys.step) found.push_back({static_cast<std::size_t>(at), flags});
  }
  return found;
}

}  // namespace sluice::dispatch
