#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace sluice::dispatch {

// A key of one of the databases, seen.
struct DatabaseKeyView {
  int database = 0;
  std::string_view key;

  auto operator<=>(const DatabaseKeyView&) const = default;
};

// The same with bytes of its own; orders and compares like its view.
struct DatabaseKey {
  int database = 0;
  std::string key;

  DatabaseKey(int in_database, std::string_view bytes) : database(in_database), key(bytes) {}
  operator DatabaseKeyView() const { return {database, key}; }
  friend bool operator==(const DatabaseKey& left, const DatabaseKey& right) = default;
};

// For maps by DatabaseKey that are looked up by view, without a copy of the key.
struct DatabaseKeyLess {
  using is_transparent = void;
  bool operator()(const DatabaseKeyView& left, const DatabaseKeyView& right) const { return left < right; }
};

}  // namespace sluice::dispatch
