#include "server/store/values/element.hpp"

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>

#include "server/base/random.hpp"

using namespace sluice::store;

namespace {

using Member = Element<false>;
using Field = Element<true>;

// Sizes on either side of every limit of the layout.
constexpr std::array<std::size_t, 12> sizes = {0, 1, 14, 62, 63, 64, 65, 253, 254, 255, 256, 5000};
constexpr std::array<std::optional<std::int64_t>, 4> times = {std::nullopt, 0, -5, 1'700'000'000'000};

std::string text(std::size_t size, char first) {
  std::string bytes(size, first);
  for (std::size_t at = 0; at < size; ++at) bytes[at] = static_cast<char>(static_cast<std::size_t>(first) + at % 20);
  return bytes;
}

}  // namespace

TEST_CASE("an element gives back what it was made of, whatever the sizes") {
  for (const std::size_t key_size : sizes) {
    for (const auto& time_ms : times) {
      const auto member = Member::create(text(key_size, 'k'), {}, time_ms);
      REQUIRE(member->key() == text(key_size, 'k'));
      REQUIRE(member->time_ms() == time_ms);
      for (const std::size_t value_size : sizes) {
        const auto field = Field::create(text(key_size, 'k'), text(value_size, 'v'), time_ms);
        REQUIRE(field->key() == text(key_size, 'k'));
        REQUIRE(field->value() == text(value_size, 'v'));
        REQUIRE(field->time_ms() == time_ms);
      }
    }
  }
}

TEST_CASE("an element takes no more than its bytes and a small header") {
  CHECK(Member::create(text(15, 'k'), {}, std::nullopt)->memory_bytes() == 16);
  CHECK(Member::create(text(23, 'k'), {}, 1)->memory_bytes() == 32);
  CHECK(Field::create(text(14, 'k'), text(16, 'v'), std::nullopt)->memory_bytes() == 32);
  CHECK(Field::create(text(6, 'k'), text(16, 'v'), 1)->memory_bytes() == 32);
  CHECK(Field::create(text(14, 'k'), text(17, 'v'), std::nullopt)->memory_bytes() == 48);
}

TEST_CASE("an element exists until its time") {
  const auto member = Member::create("member", {}, 100);
  CHECK_FALSE(member->has_expired(99));
  CHECK(member->has_expired(100));
  CHECK_FALSE(Member::create("member", {}, std::nullopt)->has_expired(100));
}

TEST_CASE("an element changes in place exactly if its size class stays, and is whole either way") {
  sluice::base::Random random(11);
  int in_place = 0;
  int refused = 0;
  for (const std::size_t key_size : sizes) {
    for (int round = 0; round < 2000; ++round) {
      const std::string key = text(key_size, 'k');
      const auto pick_size = [&] {
        return random.below(2) == 0 ? sizes[random.below(sizes.size())] : random.below(300);
      };
      const std::string old_value = text(pick_size(), 'o');
      const std::string new_value = text(pick_size(), 'n');
      const auto old_time_ms = times[random.below(times.size())];
      const auto new_time_ms = times[random.below(times.size())];
      const auto field = Field::create(key, old_value, old_time_ms);
      const bool changes_value = random.below(2) == 0;
      const std::string& wanted = changes_value ? new_value : old_value;
      const bool fits = Field::create(key, wanted, new_time_ms)->memory_bytes() == field->memory_bytes();
      const bool is_done =
          changes_value ? field->assign_in_place(new_value, new_time_ms) : field->set_time_in_place(new_time_ms);
      REQUIRE(is_done == fits);
      ++(is_done ? in_place : refused);
      REQUIRE(field->key() == key);
      REQUIRE(field->value() == (is_done ? wanted : old_value));
      REQUIRE(field->time_ms() == (is_done ? new_time_ms : old_time_ms));
    }
  }
  CHECK(in_place > 1000);
  CHECK(refused > 1000);
}

TEST_CASE("a member's time changes in place if its size class stays") {
  const auto roomy = Member::create(text(20, 'k'), {}, std::nullopt);
  CHECK(roomy->set_time_in_place(7));
  CHECK(roomy->key() == text(20, 'k'));
  CHECK(roomy->time_ms() == 7);
  CHECK(roomy->set_time_in_place(std::nullopt));
  CHECK(roomy->key() == text(20, 'k'));
  CHECK_FALSE(roomy->has_time());
  CHECK_FALSE(Member::create(text(15, 'k'), {}, std::nullopt)->set_time_in_place(7));
}
