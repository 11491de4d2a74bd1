#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "server/base/hash.hpp"
#include "server/store/keyspace/entry.hpp"
#include "server/store/table/hash_table.hpp"

// What the tests of the hash table share: hash functions from good to useless, and short words for its operations.
namespace sluice::store::tests {

using Hash = std::function<std::uint64_t(std::string_view key)>;
using Table = HashTable<Entry, Hash, EntryDeleter>;

inline std::uint64_t good_hash(std::string_view key) {
  return base::KeyHasher(42)(key);
}

struct NamedHash {
  const char* name;
  Hash hash;
};

// The table must be right with any of them, if not fast.
inline const NamedHash hashes[] = {
    {"good", good_hash},
    {"all the same", [](std::string_view) { return std::uint64_t{0x1234'5678'9abc'def0}; }},
    {"all zero, tag too", [](std::string_view) { return std::uint64_t{0}; }},
    {"all ones", [](std::string_view) { return ~std::uint64_t{0}; }},
    {"sixteen values", [](std::string_view key) { return good_hash(key) & 0xf000'0000'0000'0000; }},
    {"first bits all the same", [](std::string_view key) { return 0xa800'0000'0000'0000 | (good_hash(key) >> 5); }},
    {"one half far fuller",
     [](std::string_view key) { return good_hash(key) % 8 == 0 ? good_hash(key) : good_hash(key) / 32; }},
    {"tags all the same", [](std::string_view key) { return good_hash(key) | 0xff; }},
};

inline std::string key_name(std::uint64_t number) {
  return "key:" + std::to_string(number);
}

inline void add(Table& table, const Hash& hash, std::string_view name) {
  table.insert(hash(name), Entry::create(name, 0, StringEncoding::raw, std::nullopt));
}

inline const Entry* look_up(const Table& table, const Hash& hash, std::string_view name) {
  return table.find({name, hash(name)});
}

inline void remove(Table& table, const Hash& hash, std::string_view name) {
  table.erase(hash(name), *table.find({name, hash(name)}));
}

}  // namespace sluice::store::tests
