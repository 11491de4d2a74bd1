#include "server/store/values/hash.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/store/keyspace/entry.hpp"
#include "tests/support/failing_allocations.hpp"

using namespace sluice::store;
using sluice::tests::FailingAllocations;

namespace {

using Time = std::optional<std::int64_t>;
using Model = std::map<std::string, std::pair<std::string, Time>>;

const sluice::base::KeyHasher hasher(42);
const HashLimits usual{.hasher = hasher};

Model content_of(const HashView& view) {
  Model content;
  view.for_each([&](const HashField& field) {
    REQUIRE(content.emplace(field.name.text(), std::pair(field.value.text(), field.time_ms)).second);
  });
  return content;
}

Time first_time_of(const Model& model) {
  Time first;
  for (const auto& [name, content] : model) {
    if (content.second && (!first || *content.second < *first)) first = content.second;
  }
  return first;
}

Model visible_in(Model model, std::int64_t now_ms) {
  std::erase_if(model, [&](const auto& item) { return item.second.second && *item.second.second <= now_ms; });
  return model;
}

// All that can be read of a hash.
void check_reads(const HashView& view, const Model& model, sluice::base::Random& random) {
  REQUIRE(content_of(view) == model);
  REQUIRE(view.visible_size() == model.size());
  for (const auto& [name, content] : model) {
    const auto found = view.find(name);
    REQUIRE(found);
    REQUIRE(found->value.text() == content.first);
    REQUIRE(found->time_ms == content.second);
  }
  REQUIRE_FALSE(view.contains("absent"));
  REQUIRE(view.contains("") == model.contains(""));
  Model scanned;
  const auto collect = [&](const HashField& field) {
    scanned[field.name.text()] = {field.value.text(), field.time_ms};
  };
  std::uint64_t cursor = 0;
  do {
    cursor = view.scan(cursor, 5, collect);
  } while (cursor != 0);
  REQUIRE(scanned == model);
  const auto drawn = view.random(random);
  REQUIRE(drawn.has_value() == !model.empty());
  if (drawn) REQUIRE(model.at(drawn->name.text()) == std::pair(drawn->value.text(), drawn->time_ms));
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, random.below(model.size() + 1), model.size() + 3}) {
    std::set<std::string> chosen;
    view.choose(count, random, [&](const HashField& field) {
      REQUIRE(model.contains(field.name.text()));
      REQUIRE(chosen.insert(field.name.text()).second);
    });
    REQUIRE(chosen.size() == std::min(count, model.size()));
  }
  std::size_t visited = 0;
  const bool went_through = view.for_each_while([&](const HashField&) { return ++visited < 3; });
  REQUIRE(went_through == (model.size() < 3));
  REQUIRE(visited == std::min<std::size_t>(model.size(), 3));
}

void check_hash(const Hash& hash, const Model& model, sluice::base::Random& random) {
  REQUIRE(hash.size() == model.size());
  REQUIRE(hash.empty() == model.empty());
  REQUIRE(hash.has_times() == first_time_of(model).has_value());
  REQUIRE(hash.first_expiry_ms() == first_time_of(model));
  if (hash.is_packed()) REQUIRE(Hash::is_valid(hash.packed().form, hash.packed().bytes()));
  check_reads(hash.view(), model, random);
  const auto now_ms = static_cast<std::int64_t>(random.below(120));
  check_reads(hash.view().hide_until(now_ms), visible_in(model, now_ms), random);
}

// Puts a hash into an entry and takes it, or a copy of it, out again.
Hash through_entry(Hash hash, bool is_copied) {
  OwnedEntry entry = Entry::create_with("key", hash, std::nullopt);
  if (is_copied) entry = Entry::clone(*entry, "copy");
  if (entry->is_inline()) return Hash(entry->packed().form, copy_packed(entry->packed().bytes()));
  Hash taken = entry->take_outside<Hash>();
  Hash nothing;
  entry->put_outside(nothing);
  return taken;
}

struct Bench {
  Hash hash;
  Model model;
  HashLimits limits = usual;
  sluice::base::Random random;
  std::size_t name_count = 20;
  std::size_t value_size_max = 20;
  std::size_t allowance_max = 0;  // of the allocations of a change; 0: no limit
  int failures = 0;

  explicit Bench(std::uint64_t seed) : random(seed) {}

  template <class Work>
  bool change(const Work& work) {
    const std::size_t allowance = allowance_max == 0 ? FailingAllocations::unlimited : random.below(allowance_max);
    const bool has_failed = FailingAllocations::run(allowance, work);
    failures += has_failed ? 1 : 0;
    return !has_failed;
  }
  std::string some_name() {
    const std::string number = std::to_string(random.below(name_count));
    return random.below(2) == 0 ? number : "field:" + number;
  }
  std::string some_value() {
    if (random.below(3) == 0) return std::to_string(random.next() >> random.below(64));
    return std::string(random.below(value_size_max + 1), static_cast<char>('a' + random.below(26)));
  }

  void set() {
    const std::string name = some_name();
    const std::string value = some_value();
    const OldTime old_time = random.below(2) == 0 ? OldTime::keep : OldTime::clear;
    bool is_new = false;
    if (!change([&] { is_new = hash.set(name, value, old_time, limits); })) return;
    REQUIRE(is_new == !model.contains(name));
    auto& content = model[name];
    content.first = value;
    if (old_time == OldTime::clear) content.second = std::nullopt;
  }
  void erase() {
    const std::string name = some_name();
    bool was_there = false;
    REQUIRE(change([&] { was_there = hash.erase(name); }));
    REQUIRE(was_there == (model.erase(name) != 0));
  }
  void set_time() {
    const std::string name = some_name();
    const Time time_ms = random.below(3) == 0 ? Time() : Time(1 + random.below(100));
    bool is_there = false;
    if (!change([&] { is_there = hash.set_time(name, time_ms); })) return;
    REQUIRE(is_there == model.contains(name));
    if (is_there) model[name].second = time_ms;
  }
  void erase_due() {
    const auto now_ms = static_cast<std::int64_t>(random.below(30));
    const std::size_t count_max = random.below(5);
    std::vector<std::string> erased;
    const std::size_t count =
        hash.erase_due(now_ms, count_max, [&](const PackedElement& name) { erased.push_back(name.text()); });
    REQUIRE(count == erased.size());
    const std::size_t due_count = model.size() - visible_in(model, now_ms).size();
    REQUIRE(count == std::min(count_max, due_count));
    std::int64_t last_ms = 0;
    for (const std::string& name : erased) {
      REQUIRE(*model.at(name).second >= last_ms);
      last_ms = *model.at(name).second;
      model.erase(name);
    }
    const Time first_ms = first_time_of(model);
    REQUIRE((!first_ms || *first_ms >= last_ms));
  }
  void step() {
    switch (random.below(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return set();
      case 4:
      case 5:
        return erase();
      case 6:
      case 7:
      case 8:
        return set_time();
      case 9:
        return erase_due();
      default:
        return set();
    }
  }
};

}  // namespace

TEST_CASE("a hash agrees with a map under random changes, packed or not, with and without times") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Bench bench(seed);
    bench.limits.entries_max = std::array<std::size_t, 3>{0, 12, 1000}[seed % 3];
    bench.limits.text_bytes_max = seed % 2 == 0 ? 64 : 18;
    bench.name_count = seed % 5 == 0 ? 200 : 10;
    for (int round = 0; round < 400; ++round) {
      bench.step();
      if (round % 10 == 0) check_hash(bench.hash, bench.model, bench.random);
      if (round % 40 == 0 && !bench.model.empty()) {
        bench.hash = through_entry(std::move(bench.hash), bench.random.below(2) == 0);
      }
    }
    check_hash(bench.hash, bench.model, bench.random);
  }
}

TEST_CASE("a change for which there is no memory has changed nothing") {
  int failures = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Bench bench(seed);
    bench.limits.entries_max = std::array<std::size_t, 3>{0, 12, 1000}[seed % 3];
    bench.name_count = seed % 2 == 0 ? 60 : 12;
    bench.value_size_max = 100;
    bench.allowance_max = 5;
    for (int round = 0; round < 400; ++round) {
      const bool was_packed = bench.hash.is_packed();
      const int failures_before = bench.failures;
      bench.step();
      if (bench.failures > failures_before) REQUIRE(bench.hash.is_packed() == was_packed);
      if (bench.failures > failures_before || round % 40 == 0) check_hash(bench.hash, bench.model, bench.random);
    }
    failures += bench.failures;
  }
  CHECK(failures > 1000);
}

TEST_CASE("a hash is packed up to its limits") {
  const auto filled = [](std::size_t count, const HashLimits& limits) {
    Hash hash;
    for (std::size_t number = 0; number < count; ++number) {
      hash.set("f" + std::to_string(number), "v", OldTime::clear, limits);
    }
    return hash;
  };
  CHECK(filled(128, usual).is_packed());
  CHECK_FALSE(filled(129, usual).is_packed());
  SUBCASE("a long value or name makes a table") {
    Hash hash = filled(3, usual);
    hash.set("f0", std::string(64, 'v'), OldTime::clear, usual);
    CHECK(hash.is_packed());
    SUBCASE("value") {
      hash.set("f0", std::string(65, 'v'), OldTime::clear, usual);
    }
    SUBCASE("name") {
      hash.set(std::string(65, 'n'), "v", OldTime::clear, usual);
    }
    CHECK_FALSE(hash.is_packed());
    hash.erase("f0");
    hash.erase("f1");
    CHECK_FALSE(hash.is_packed());
  }
  SUBCASE("a full one takes new values for its fields") {
    Hash hash = filled(128, usual);
    hash.set("f7", "w", OldTime::clear, usual);
    CHECK(hash.is_packed());
  }
  SUBCASE("one that is larger than limits which have been lowered does not") {
    Hash hash = filled(20, usual);
    HashLimits lower = usual;
    lower.entries_max = 10;
    hash.set("f7", "w", OldTime::clear, lower);
    CHECK_FALSE(hash.is_packed());
    CHECK(hash.size() == 20);
  }
  SUBCASE("a command that sets many begins with a table") {
    Hash hash;
    hash.expect(128, usual);
    CHECK(hash.is_packed());
    hash.expect(129, usual);
    CHECK_FALSE(hash.is_packed());
  }
}

TEST_CASE("small hashes have the bytes that RDB files have, and take on and leave the form with times") {
  Hash hash;
  hash.set("a", "1", OldTime::clear, usual);
  hash.set("b", "2", OldTime::clear, usual);
  hash.set("c", "three", OldTime::clear, usual);
  CHECK(hash.packed().form == PackedForm::listpack);
  const auto texts = [&] {
    std::string joined;
    const ListpackView view(hash.packed().start);
    for (auto at = view.begin(); at != view.end();) {
      joined += at.take().text() + ' ';
    }
    return joined;
  };
  CHECK(texts() == "a 1 b 2 c three ");
  CHECK(hash.set_time("b", 500));
  CHECK(hash.packed().form == PackedForm::timed_listpack);
  CHECK(texts() == "b 2 500 a 1 0 c three 0 ");
  CHECK(hash.set_time("c", 100));
  CHECK(texts() == "c three 100 b 2 500 a 1 0 ");
  CHECK(hash.set_time("c", 900));
  CHECK(texts() == "b 2 500 c three 900 a 1 0 ");
  CHECK(hash.set_time("a", 500));
  CHECK(texts() == "b 2 500 a 1 500 c three 900 ");
  CHECK(hash.set("b", "4", OldTime::keep, usual) == false);
  CHECK(texts() == "b 4 500 a 1 500 c three 900 ");
  CHECK(hash.set("b", "2", OldTime::clear, usual) == false);
  CHECK(texts() == "a 1 500 c three 900 b 2 0 ");
  CHECK(hash.set("d", "4", OldTime::clear, usual));
  CHECK(texts() == "a 1 500 c three 900 b 2 0 d 4 0 ");
  CHECK(hash.set_time("a", std::nullopt));
  CHECK(texts() == "c three 900 b 2 0 d 4 0 a 1 0 ");
  CHECK_FALSE(hash.set_time("e", 5));
  CHECK(hash.erase("c"));
  CHECK(hash.packed().form == PackedForm::listpack);
  CHECK(texts() == "b 2 d 4 a 1 ");
}

TEST_CASE("a field of any bytes is kept, and an integer reads as it was written") {
  for (const std::size_t entries_max : {std::size_t{0}, std::size_t{100}}) {
    HashLimits limits = usual;
    limits.entries_max = entries_max;
    limits.text_bytes_max = 100'000;
    Hash hash;
    Model model;
    for (const std::string& text : {std::string(), std::string(1, '\0'), std::string("007"), std::string("-5"),
                                    std::string("9223372036854775807"), std::string(70'000, 'x')}) {
      hash.set(text, text, OldTime::clear, limits);
      model[text] = {text, std::nullopt};
    }
    CHECK(content_of(hash.view()) == model);
    for (const auto& [name, content] : model) CHECK(hash.view().find(name)->value.text() == name);
    CHECK_FALSE(hash.view().contains("7"));
  }
}

TEST_CASE("random fields are drawn evenly") {
  sluice::base::Random random(9);
  for (const std::size_t entries_max : {std::size_t{0}, std::size_t{100}}) {
    HashLimits limits = usual;
    limits.entries_max = entries_max;
    Hash hash;
    for (int number = 0; number < 10; ++number) hash.set(std::to_string(number), "v", OldTime::clear, limits);
    std::map<std::string, int> drawn;
    std::map<std::string, int> chosen;
    for (int round = 0; round < 10'000; ++round) {
      ++drawn[hash.view().random(random)->name.text()];
      hash.view().choose(3, random, [&](const HashField& field) { ++chosen[field.name.text()]; });
    }
    for (int number = 0; number < 10; ++number) {
      CHECK(drawn[std::to_string(number)] > 800);
      CHECK(drawn[std::to_string(number)] < 1200);
      CHECK(chosen[std::to_string(number)] > 2600);
      CHECK(chosen[std::to_string(number)] < 3400);
    }
  }
}

TEST_CASE("fields whose time has come are hidden on request, even when they are nearly all") {
  sluice::base::Random random(10);
  for (const std::size_t entries_max : {std::size_t{0}, std::size_t{5000}}) {
    HashLimits limits = usual;
    limits.entries_max = entries_max;
    Hash hash;
    for (int number = 0; number < 2000; ++number) {
      hash.set("f" + std::to_string(number), "v", OldTime::clear, limits);
      if (number != 77) hash.set_time("f" + std::to_string(number), 10 + number % 5);
    }
    HashView view = hash.view();
    CHECK(view.visible_size() == 2000);
    view.hide_until(9);
    CHECK(view.visible_size() == 2000);
    view.hide_until(14);
    CHECK(view.visible_size() == 1);
    CHECK(view.size() == 2000);
    CHECK(view.contains("f77"));
    CHECK_FALSE(view.contains("f78"));
    CHECK(view.random(random)->name.text() == "f77");
    int chosen = 0;
    view.choose(1, random, [&](const HashField&) { ++chosen; });
    CHECK(chosen == 1);
    CHECK(hash.erase_due(14, 5000, [](const PackedElement&) {}) == 1999);
    CHECK(hash.size() == 1);
    CHECK_FALSE(hash.has_times());
  }
}

TEST_CASE("bytes of unknown origin are refused unless they are a hash") {
  const auto valid = [](PackedForm form, const std::vector<std::string>& texts) {
    Listpack pack;
    for (const std::string& text : texts) pack.append(PackedText(text));
    return Hash::is_valid(form, pack.view().bytes());
  };
  CHECK(valid(PackedForm::listpack, {}));
  CHECK(valid(PackedForm::listpack, {"a", "1", "b", "2"}));
  CHECK_FALSE(valid(PackedForm::listpack, {"a", "1", "b"}));
  CHECK_FALSE(valid(PackedForm::listpack, {"a", "1", "a", "2"}));
  CHECK_FALSE(valid(PackedForm::intset, {"a", "1"}));
  CHECK(valid(PackedForm::timed_listpack, {"a", "1", "5", "b", "2", "5", "c", "3", "0"}));
  CHECK(valid(PackedForm::timed_listpack, {"a", "1", "0"}));
  CHECK(valid(PackedForm::timed_listpack, {}));
  CHECK_FALSE(valid(PackedForm::timed_listpack, {"a", "1", "5", "b", "2", "4"}));
  CHECK_FALSE(valid(PackedForm::timed_listpack, {"a", "1", "0", "b", "2", "4"}));
  CHECK_FALSE(valid(PackedForm::timed_listpack, {"a", "1", "-5"}));
  CHECK_FALSE(valid(PackedForm::timed_listpack, {"a", "1", "five"}));
  CHECK_FALSE(valid(PackedForm::timed_listpack, {"a", "1", "5", "b", "2"}));
  CHECK_FALSE(valid(PackedForm::timed_listpack, {"a", "1", "5", "a", "2", "6"}));
  CHECK_FALSE(Hash::is_valid(PackedForm::listpack, "nonsense"));
}

TEST_CASE("a hash of the form with times that has none takes on the plain form") {
  Listpack pack;
  for (const char* text : {"a", "1", "0", "b", "2", "0"}) pack.append(PackedText(std::string_view(text)));
  const Hash hash(PackedForm::timed_listpack, copy_packed(pack.view().bytes()));
  CHECK(hash.packed().form == PackedForm::listpack);
  CHECK_FALSE(hash.has_times());
  CHECK(content_of(hash.view()) == Model{{"a", {"1", std::nullopt}}, {"b", {"2", std::nullopt}}});
}

TEST_CASE("damaged bytes are refused, or can be read to their end") {
  sluice::base::Random random(13);
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bench bench(static_cast<std::uint64_t>(round) % 50);
    for (int step = 0; step < 12; ++step) bench.step();
    const PackedForm form = bench.hash.packed().form;
    std::vector<char> bytes(bench.hash.packed().bytes().begin(), bench.hash.packed().bytes().end());
    for (std::uint64_t changes = random.below(3) + 1; changes > 0; --changes) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    }
    if (random.below(10) == 0) bytes.resize(random.below(bytes.size()) + 1);
    bytes.shrink_to_fit();
    const std::string_view damaged(bytes.data(), bytes.size());
    if (!Hash::is_valid(form, damaged)) continue;
    ++accepted;
    const Hash hash(form, copy_packed(damaged));
    check_hash(hash, content_of(hash.view()), random);
  }
  CHECK(accepted > 100);
}
