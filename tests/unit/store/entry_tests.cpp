#include "server/store/keyspace/entry.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "server/base/memory.hpp"

using namespace sluice::store;
using sluice::base::allocation_size;

namespace {

using OptionalExpiry = std::optional<std::int64_t>;

OwnedEntry make_entry(std::string_view key, std::string_view value, OptionalExpiry expiry_ms = std::nullopt) {
  OwnedEntry entry = Entry::create(key, value.size(), StringEncoding::raw, expiry_ms);
  std::ranges::copy(value, entry->mutable_string().begin());
  return entry;
}

void check_content(const Entry& entry, std::string_view key, std::string_view value, OptionalExpiry expiry_ms) {
  CHECK(entry.key() == key);
  CHECK(entry.string() == value);
  CHECK(entry.expiry_ms() == expiry_ms);
  CHECK(entry.has_expiry() == expiry_ms.has_value());
}

// Sizes around every place where the layout changes.
const std::vector<std::size_t> key_sizes{0, 1, 16, 255, 65534, 65535, 65536, 100'000};
const std::vector<std::size_t> value_sizes{0, 1, 63, 64, 1023, 1024, 1025, 4096, 100'000};
const std::vector<OptionalExpiry> expiries{std::nullopt, 0, -1, 1'700'000'000'000};

}  // namespace

TEST_CASE("an entry gives back the key, value and expiry it was made with, whatever their sizes") {
  for (const std::size_t key_size : key_sizes) {
    for (const std::size_t value_size : value_sizes) {
      for (const OptionalExpiry expiry_ms : expiries) {
        const std::string key(key_size, 'k');
        const std::string value(value_size, 'v');
        check_content(*make_entry(key, value, expiry_ms), key, value, expiry_ms);
      }
    }
  }
}

TEST_CASE("a short string costs its bytes and eight more, and eight for an expiry") {
  const std::string key(16, 'k');
  const std::string value(64, 'v');
  CHECK(make_entry(key, value)->memory_bytes() == 96);
  CHECK(make_entry(key, value, 1)->memory_bytes() == 96);
  CHECK(make_entry(key, std::string(1000, 'v'))->memory_bytes() == allocation_size(8 + 16 + 1000));
  CHECK(make_entry(key, std::string(2000, 'v'))->memory_bytes() ==
        allocation_size(8 + 16 + 24) + allocation_size(2000));
}

TEST_CASE("an entry has expired once the clock shows its expiry") {
  const OwnedEntry entry = make_entry("k", "v", 1000);
  CHECK_FALSE(entry->has_expired(999));
  CHECK(entry->has_expired(1000));
  CHECK_FALSE(make_entry("k", "v")->has_expired(1000));
}

TEST_CASE("a value of the same allocation class is assigned in place") {
  const OwnedEntry entry = make_entry("0123456789abcdef", std::string(64, 'v'));
  REQUIRE(entry->assign_in_place(std::string(60, 'w'), StringEncoding::embedded, std::nullopt));
  check_content(*entry, "0123456789abcdef", std::string(60, 'w'), std::nullopt);
  CHECK(entry->string_encoding() == StringEncoding::embedded);
}

TEST_CASE("an expiry that comes or goes with a value moves the key within the allocation") {
  const OwnedEntry entry = make_entry("0123456789abcdef", std::string(64, 'v'));
  REQUIRE(entry->assign_in_place(std::string(61, 'w'), StringEncoding::raw, 5000));
  check_content(*entry, "0123456789abcdef", std::string(61, 'w'), 5000);
  REQUIRE(entry->assign_in_place(std::string(64, 'x'), StringEncoding::raw, std::nullopt));
  check_content(*entry, "0123456789abcdef", std::string(64, 'x'), std::nullopt);
}

TEST_CASE("a value of another class, or one that goes out of the entry or into it, is not assigned in place") {
  const OwnedEntry entry = make_entry("key", std::string(64, 'v'));
  for (const std::size_t size : {0UL, 20UL, 200UL, 1025UL, 5000UL}) {
    CHECK_FALSE(entry->assign_in_place(std::string(size, 'w'), StringEncoding::raw, std::nullopt));
  }
  check_content(*entry, "key", std::string(64, 'v'), std::nullopt);
  const OwnedEntry large = make_entry("key", std::string(5000, 'v'));
  CHECK_FALSE(large->assign_in_place("short", StringEncoding::raw, std::nullopt));
  CHECK_FALSE(large->assign_in_place(std::string(50'000, 'w'), StringEncoding::raw, std::nullopt));
  check_content(*large, "key", std::string(5000, 'v'), std::nullopt);
}

TEST_CASE("a large value of the same class takes over the block") {
  const OwnedEntry entry = make_entry("key", std::string(5000, 'v'));
  const char* block = entry->string().data();
  REQUIRE(entry->assign_in_place(std::string(4999, 'w'), StringEncoding::raw, std::nullopt));
  check_content(*entry, "key", std::string(4999, 'w'), std::nullopt);
  CHECK(entry->string().data() == block);
}

TEST_CASE("an expiry is set and cleared in place where the class allows it") {
  const OwnedEntry fits = make_entry("0123456789abcdef", std::string(64, 'v'));
  REQUIRE(fits->set_expiry_in_place(7));
  check_content(*fits, "0123456789abcdef", std::string(64, 'v'), 7);
  REQUIRE(fits->set_expiry_in_place(8));
  check_content(*fits, "0123456789abcdef", std::string(64, 'v'), 8);
  REQUIRE(fits->set_expiry_in_place(std::nullopt));
  check_content(*fits, "0123456789abcdef", std::string(64, 'v'), std::nullopt);

  const OwnedEntry full = make_entry("0123456789abcdef", std::string(72, 'v'));
  CHECK_FALSE(full->set_expiry_in_place(7));
  check_content(*full, "0123456789abcdef", std::string(72, 'v'), std::nullopt);
}

TEST_CASE("resizing keeps what was there and adds zeros") {
  const OwnedEntry entry = make_entry("0123456789abcdef", std::string(60, 'v'));
  REQUIRE(entry->resize_in_place(64));
  CHECK(entry->string() == std::string(60, 'v') + std::string(4, '\0'));
  REQUIRE(entry->resize_in_place(58));
  CHECK(entry->string() == std::string(58, 'v'));
  CHECK_FALSE(entry->resize_in_place(500));
}

TEST_CASE("a large value grows without moving the entry, seldom moving the block") {
  const OwnedEntry entry = make_entry("key", std::string(2000, 'v'));
  int moves = 0;
  const char* block = entry->string().data();
  for (std::size_t size = 2001; size <= 200'000; ++size) {
    REQUIRE(entry->resize_in_place(size));
    if (entry->string().data() != block) ++moves;
    block = entry->string().data();
  }
  CHECK(entry->string() == std::string(2000, 'v') + std::string(198'000, '\0'));
  CHECK(moves < 10);
  CHECK(entry->memory_bytes() < 450'000);
}

TEST_CASE("an entry made from another one takes over its value, under any key, size and expiry") {
  for (const std::size_t old_size : value_sizes) {
    for (const std::size_t new_size : value_sizes) {
      for (const OptionalExpiry expiry_ms : expiries) {
        const OwnedEntry source = make_entry("old", std::string(old_size, 'v'), 1);
        source->set_access(77);
        source->set_encoding(StringEncoding::integer);
        const OwnedEntry entry = Entry::create_from(*source, "a new key", new_size, expiry_ms);
        std::string value(std::min(old_size, new_size), 'v');
        value.resize(new_size, '\0');
        check_content(*entry, "a new key", value, expiry_ms);
        CHECK(entry->access() == 77);
        CHECK(entry->string_encoding() == StringEncoding::integer);
      }
    }
  }
}

TEST_CASE("a large value changes hands without being copied") {
  const OwnedEntry source = make_entry("old", std::string(5000, 'v'));
  const char* block = source->string().data();
  const OwnedEntry entry = Entry::create_from(*source, "new", 5000, std::nullopt);
  CHECK(entry->string().data() == block);
}

TEST_CASE("the access field holds 24 bits") {
  const OwnedEntry entry = make_entry("key", "value");
  entry->set_access(access_mask);
  CHECK(entry->access() == access_mask);
  check_content(*entry, "key", "value", std::nullopt);
}
