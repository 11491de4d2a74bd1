#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "server/store/keyspace/databases.hpp"

// Digests of data, as DEBUG DIGEST and DEBUG DIGEST-VALUE of Redis print them: equal data gives equal digests in both
// servers, whatever its encoding and the order of keys.
namespace sluice::commands::server {

// 20 bytes, to which texts are added one after the other in one of two ways. At first all are 0.
class Digest {
 public:
  // Adds a text to what is a set: the order of calls does not matter. Adding it twice takes it away.
  void add_unordered(std::string_view text);
  // Adds a text to what is a sequence.
  void add_ordered(std::string_view text);
  void add_ordered(std::uint32_t number);  // its four bytes, the highest first

  std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }
  std::string hex() const;

 private:
  std::array<char, 20> bytes_{};
};

// Of the value and whether it expires, not when, added to `digest`.
void add_value(Digest& digest, const store::Entry& entry);

// Of all keys, the numbers of their databases, and their values; keys whose time has come are left out. O(bytes).
Digest digest_of(const store::Databases& databases);

}  // namespace sluice::commands::server
