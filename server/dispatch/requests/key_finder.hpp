#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "server/dispatch/requests/spec.hpp"

namespace sluice::dispatch {

// A word of a request that is a key, and what the command does to that key.
struct FoundKey {
  std::size_t word = 0;
  KeyFlags flags;
};

// Whether requests of the command can have keys. Channels that a key spec tells of are none.
bool may_have_keys(const SpecFields& spec);

// The keys of `request`, in the order of the key specs of `spec`. Nothing if the request does not have the form that a
// key spec expects. The arity must fit.
std::optional<std::vector<FoundKey>> find_keys(const SpecFields& spec, Words request);

// The word that is the first key if the request has the form that `keys` expects. O(1) unless a keyword is looked for.
std::optional<std::size_t> find_first_key(const KeySpec& keys, Words request);

}  // namespace sluice::dispatch
