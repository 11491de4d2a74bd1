#pragma once

#include <cstddef>
#include <optional>

#include "server/dispatch/requests/spec.hpp"

namespace sluice::dispatch {

// A word of a request that is a key, and what the command does to that key.
struct FoundKey {
  std::size_t word = 0;
  KeyFlags flags;
};

// Whether requests of the command can have keys. Channels that a key spec tells of are none.
bool may_have_keys(const SpecFields& spec);

// Calls a function with each key that is found; refers to the function, which must outlive the visitor.
class KeyVisitor {
 public:
  template <class Visit>
  KeyVisitor(const Visit& visit)
      : visit_(&visit),
        call_([](const void* target, const FoundKey& key) { (*static_cast<const Visit*>(target))(key); }) {}

  void operator()(const FoundKey& key) const { call_(visit_, key); }

 private:
  const void* visit_;
  void (*call_)(const void* target, const FoundKey& key);
};

// Calls visit(FoundKey) for the keys of `request`, in the order of the key specs of `spec`. The arity must fit. Of a
// malformed request some keys may have been visited. Allocates nothing.
KeyScan visit_keys(const SpecFields& spec, Words request, const KeyVisitor& visit);

// The word that is the first key if the request has the form that `keys` expects. O(1) unless a keyword is looked for.
std::optional<std::size_t> find_first_key(const KeySpec& keys, Words request);

}  // namespace sluice::dispatch
