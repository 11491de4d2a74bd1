#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/keyspace/keyspace.hpp"

namespace sluice::store::tests {

using Expiry = Keyspace::Expiry;

inline constexpr std::int64_t start_ms = 1'700'000'000'000;

// A keyspace with a clock that stands still until it is told, and short words for what tests do to it.
struct Store {
  base::Clock clock = [] {
    base::Clock stopped;
    stopped.set_ms(start_ms);
    return stopped;
  }();
  Reaper reaper;
  Ledger ledger;
  Keyspace keyspace{base::KeyHasher(42), clock, reaper, ledger};

  Key key(std::string_view name) const { return keyspace.key_of(name); }

  const Entry& put(std::string_view name, std::string_view value, Expiry expiry = Expiry::clear) {
    return keyspace.put_string(key(name), value, StringEncoding::raw, expiry);
  }
  // Makes the string that long, with `last` for its last byte if that is not 0.
  void resize(std::string_view name, std::size_t size, char last = '\0') {
    keyspace.resize_string(keyspace.find(key(name)), key(name), size, [last](std::span<char> bytes) {
      if (last != '\0') bytes.back() = last;
    });
  }
  std::optional<std::string> value(std::string_view name) {
    const Entry* entry = keyspace.find(key(name));
    if (entry == nullptr) return std::nullopt;
    return std::string(entry->string());
  }
  std::optional<std::int64_t> expiry(std::string_view name) {
    const Entry* entry = keyspace.peek(key(name));
    return entry == nullptr ? std::nullopt : entry->expiry_ms();
  }
};

}  // namespace sluice::store::tests
