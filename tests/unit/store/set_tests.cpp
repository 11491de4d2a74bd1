#include "server/store/values/set.hpp"

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
using Model = std::map<std::string, Time>;

const sluice::base::KeyHasher hasher(42);
const SetLimits usual{.hasher = hasher};

enum class Form : std::uint8_t { intset, listpack, table };

Form form_of(const Set& set) {
  if (!set.is_packed()) return Form::table;
  return set.packed().form == PackedForm::intset ? Form::intset : Form::listpack;
}

Model content_of(const SetView& view) {
  Model content;
  view.for_each([&](const PackedElement& member) {
    REQUIRE(content.emplace(member.text(), view.time_ms(member.text())).second);
  });
  return content;
}

Time first_time_of(const Model& model) {
  Time first;
  for (const auto& [member, time_ms] : model) {
    if (time_ms && (!first || *time_ms < *first)) first = time_ms;
  }
  return first;
}

Model visible_in(Model model, std::int64_t now_ms) {
  std::erase_if(model, [&](const auto& item) { return item.second && *item.second <= now_ms; });
  return model;
}

// All that can be read of a set.
void check_reads(const SetView& view, const Model& model, sluice::base::Random& random) {
  REQUIRE(content_of(view) == model);
  REQUIRE(view.visible_size() == model.size());
  for (const auto& [member, time_ms] : model) {
    REQUIRE(view.contains(member));
    REQUIRE(view.contains(PackedElement(std::string_view(member))));
    REQUIRE(view.time_ms(member) == time_ms);
  }
  for (std::int64_t number = -3; number < 3; ++number) {
    REQUIRE(view.contains(PackedElement(number)) == model.contains(std::to_string(number)));
  }
  REQUIRE_FALSE(view.contains("absent"));
  REQUIRE_FALSE(view.contains("007"));
  std::set<std::string> scanned;
  std::uint64_t cursor = 0;
  do {
    cursor = view.scan(cursor, 5, [&](const PackedElement& member) { scanned.insert(member.text()); });
  } while (cursor != 0);
  REQUIRE(scanned.size() == model.size());
  const auto drawn = view.random(random);
  REQUIRE(drawn.has_value() == !model.empty());
  if (drawn) REQUIRE(model.contains(drawn->text()));
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, random.below(model.size() + 1), model.size() + 3}) {
    std::set<std::string> chosen;
    view.choose(count, random, [&](const PackedElement& member) {
      REQUIRE(model.contains(member.text()));
      REQUIRE(chosen.insert(member.text()).second);
    });
    REQUIRE(chosen.size() == std::min(count, model.size()));
  }
  std::size_t visited = 0;
  const bool went_through = view.for_each_while([&](const PackedElement&) { return ++visited < 3; });
  REQUIRE(went_through == (model.size() < 3));
  if (!view.is_packed()) return;
  std::size_t index = 0;
  view.for_each([&](const PackedElement& member) { REQUIRE(view.at(index++).text() == member.text()); });
}

void check_set(const Set& set, const Model& model, sluice::base::Random& random) {
  REQUIRE(set.size() == model.size());
  REQUIRE(set.empty() == model.empty());
  REQUIRE(set.has_times() == first_time_of(model).has_value());
  REQUIRE(set.first_expiry_ms() == first_time_of(model));
  if (set.is_packed()) REQUIRE(Set::is_valid(set.packed().form, set.packed().bytes()));
  check_reads(set.view(), model, random);
  const auto now_ms = static_cast<std::int64_t>(random.below(120));
  check_reads(set.view().hide_until(now_ms), visible_in(model, now_ms), random);
}

// Puts a set into an entry and takes it, or a copy of it, out again.
Set through_entry(Set set, bool is_copied) {
  OwnedEntry entry = Entry::create_with("key", set, std::nullopt);
  if (is_copied) entry = Entry::clone(*entry, "copy");
  if (entry->is_inline()) return Set(entry->packed().form, copy_packed(entry->packed().bytes()));
  Set taken = entry->take_outside<Set>();
  Set nothing;
  entry->put_outside(nothing);
  return taken;
}

struct Bench {
  Set set;
  Model model;
  SetLimits limits = usual;
  sluice::base::Random random;
  std::size_t member_count = 20;
  unsigned texts_percent = 50;
  unsigned times_percent = 20;
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
  std::string some_member() {
    const std::uint64_t number = random.below(member_count);
    if (random.below(100) < texts_percent) return std::string(number % 50, 'x') + ":" + std::to_string(number);
    return std::to_string((static_cast<std::int64_t>(number) - 10) << (number % 40));
  }

  void add() {
    const std::string member = some_member();
    bool is_new = false;
    const bool is_done = change([&] {
      if (random.below(2) == 0) {
        is_new = set.add(member, limits);
      } else if (const auto integer = sluice::base::parse_integer(member)) {
        is_new = set.add(PackedElement(*integer), limits);
      } else {
        is_new = set.add(PackedElement(std::string_view(member)), limits);
      }
    });
    if (is_done) REQUIRE(is_new == model.emplace(member, std::nullopt).second);
  }
  void erase() {
    const std::string member = some_member();
    bool was_there = false;
    REQUIRE(change([&] { was_there = set.erase(member); }));
    REQUIRE(was_there == (model.erase(member) != 0));
  }
  void set_time() {
    const std::string member = some_member();
    const Time time_ms = random.below(3) == 0 ? Time() : Time(1 + random.below(100));
    bool is_there = false;
    if (!change([&] { is_there = set.set_time(member, time_ms, limits); })) return;
    REQUIRE(is_there == model.contains(member));
    if (is_there) model[member] = time_ms;
  }
  void erase_due() {
    const auto now_ms = static_cast<std::int64_t>(random.below(30));
    const std::size_t count_max = random.below(5);
    std::vector<std::string> erased;
    const std::size_t count =
        set.erase_due(now_ms, count_max, [&](const PackedElement& member) { erased.push_back(member.text()); });
    REQUIRE(count == erased.size());
    REQUIRE(count == std::min(count_max, model.size() - visible_in(model, now_ms).size()));
    std::int64_t last_ms = 0;
    for (const std::string& member : erased) {
      REQUIRE(*model.at(member) >= last_ms);
      last_ms = *model.at(member);
      model.erase(member);
    }
  }
  void step() {
    if (random.below(100) < times_percent) return random.below(3) == 0 ? erase_due() : set_time();
    random.below(5) < 3 ? add() : erase();
  }
};

}  // namespace

TEST_CASE("a set agrees with a map under random changes, in every form, with and without times") {
  std::map<Form, int> ends;
  for (std::uint64_t seed = 1; seed <= 80; ++seed) {
    Bench bench(seed);
    bench.limits.intset_entries_max = std::array<std::size_t, 3>{0, 12, 1000}[seed % 3];
    bench.limits.listpack_entries_max = std::array<std::size_t, 4>{0, 12, 1000, 1000}[seed % 4];
    bench.member_count = seed % 5 == 0 ? 200 : 15;
    bench.texts_percent = seed % 2 == 0 ? 0 : 50;
    bench.times_percent = seed % 4 < 2 ? 20 : 0;
    for (int round = 0; round < 400; ++round) {
      bench.step();
      if (round % 10 == 0) check_set(bench.set, bench.model, bench.random);
      if (round % 40 == 0 && !bench.model.empty()) {
        bench.set = through_entry(std::move(bench.set), bench.random.below(2) == 0);
      }
    }
    check_set(bench.set, bench.model, bench.random);
    ++ends[form_of(bench.set)];
  }
  CHECK(ends[Form::intset] > 5);
  CHECK(ends[Form::listpack] > 5);
  CHECK(ends[Form::table] > 5);
}

TEST_CASE("a change for which there is no memory has changed nothing") {
  int failures = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Bench bench(seed);
    bench.limits.intset_entries_max = std::array<std::size_t, 3>{0, 12, 1000}[seed % 3];
    bench.limits.listpack_entries_max = std::array<std::size_t, 4>{0, 12, 1000, 1000}[seed % 4];
    bench.member_count = seed % 2 == 0 ? 60 : 15;
    bench.texts_percent = seed % 5 == 0 ? 0 : 50;
    bench.times_percent = seed % 3 == 0 ? 20 : 1;
    bench.allowance_max = 5;
    for (int round = 0; round < 300; ++round) {
      const Form form = form_of(bench.set);
      const int failures_before = bench.failures;
      bench.step();
      if (bench.failures > failures_before) REQUIRE(form_of(bench.set) == form);
      if (bench.failures > failures_before || round % 40 == 0) check_set(bench.set, bench.model, bench.random);
    }
    failures += bench.failures;
  }
  CHECK(failures > 1000);
}

TEST_CASE("a set changes its form in the same cases as Redis") {
  const auto filled = [](std::size_t count, const std::string& prefix, const SetLimits& limits) {
    Set set;
    for (std::size_t number = 0; number < count; ++number) set.add(prefix + std::to_string(number), limits);
    return set;
  };
  CHECK(form_of(filled(512, "", usual)) == Form::intset);
  CHECK(form_of(filled(513, "", usual)) == Form::table);
  CHECK(form_of(filled(128, "m", usual)) == Form::listpack);
  CHECK(form_of(filled(129, "m", usual)) == Form::table);

  SUBCASE("integers and a text") {
    Set few = filled(127, "", usual);
    few.add("text", usual);
    CHECK(form_of(few) == Form::listpack);
    Set many = filled(128, "", usual);
    many.add("text", usual);
    CHECK(form_of(many) == Form::table);
    few.erase("text");
    CHECK(form_of(few) == Form::listpack);
  }
  SUBCASE("long members") {
    Set set = filled(3, "m", usual);
    set.add(std::string(64, 'x'), usual);
    CHECK(form_of(set) == Form::listpack);
    set.add(std::string(65, 'x'), usual);
    CHECK(form_of(set) == Form::table);
    Set integers = filled(3, "", usual);
    integers.add(std::string(65, 'x'), usual);
    CHECK(form_of(integers) == Form::table);
    SetLimits short_texts = usual;
    short_texts.text_bytes_max = 3;
    Set wide = filled(3, "", short_texts);
    wide.add("-100", short_texts);
    wide.add("x", short_texts);
    CHECK(form_of(wide) == Form::table);
  }
  SUBCASE("a member that is there already changes nothing") {
    Set set = filled(128, "m", usual);
    CHECK_FALSE(set.add("m5", usual));
    CHECK(form_of(set) == Form::listpack);
    Set integers = filled(512, "", usual);
    CHECK_FALSE(integers.add("5", usual));
    CHECK_FALSE(integers.add(PackedElement(std::int64_t{5}), usual));
    CHECK(form_of(integers) == Form::intset);
  }
  SUBCASE("no integers allowed") {
    SetLimits limits = usual;
    limits.intset_entries_max = 0;
    CHECK(form_of(filled(1, "", limits)) == Form::listpack);
    limits.listpack_entries_max = 0;
    CHECK(form_of(filled(1, "", limits)) == Form::table);
  }
  SUBCASE("many at once") {
    const auto expecting = [](Set set, std::size_t count, std::string_view first) {
      set.expect(count, first, usual);
      return form_of(set);
    };
    CHECK(expecting(Set(), 512, "1") == Form::intset);
    CHECK(expecting(Set(), 513, "1") == Form::table);
    CHECK(expecting(Set(), 128, "x") == Form::listpack);
    CHECK(expecting(Set(), 129, "x") == Form::table);
    CHECK(expecting(filled(3, "", usual), 512, "x") == Form::intset);
    CHECK(expecting(filled(3, "", usual), 513, "x") == Form::table);
    CHECK(expecting(filled(3, "m", usual), 128, "1") == Form::listpack);
    CHECK(expecting(filled(3, "m", usual), 129, "1") == Form::table);
    Set counted = filled(3, "m", usual);
    counted.expect(129, "x", usual);
    CHECK(counted.size() == 3);
  }
  SUBCASE("a time") {
    Set set = filled(3, "", usual);
    CHECK_FALSE(set.set_time("7", 100, usual));
    CHECK(set.set_time("2", std::nullopt, usual));
    CHECK(form_of(set) == Form::intset);
    CHECK(set.set_time("2", 100, usual));
    CHECK(form_of(set) == Form::table);
    CHECK(set.view().time_ms("2") == 100);
    CHECK_FALSE(set.add("2", usual));
    CHECK(set.view().time_ms("2") == 100);
    CHECK(set.set_time("2", std::nullopt, usual));
    CHECK_FALSE(set.has_times());
  }
}

TEST_CASE("a set made as a whole has the form that its members would have given it one by one") {
  const auto form_of_whole = [](int from, int to, const std::string& prefix) {
    std::vector<std::string> texts;
    for (int number = from; number < to; ++number) texts.push_back(prefix + std::to_string(number));
    const std::vector<PackedElement> members = [&] {
      std::vector<PackedElement> views;
      for (const std::string& text : texts) views.emplace_back(std::string_view(text));
      return views;
    }();
    const Set set = Set::of(members, usual);
    CHECK(set.size() == members.size());
    for (const std::string& text : texts) CHECK(set.view().contains(text));
    return form_of(set);
  };
  CHECK(form_of_whole(0, 0, "") == Form::intset);
  CHECK(form_of_whole(0, 5, "") == Form::intset);
  CHECK(form_of_whole(0, 512, "") == Form::intset);
  CHECK(form_of_whole(0, 513, "") == Form::table);
  CHECK(form_of_whole(0, 128, "m") == Form::listpack);
  CHECK(form_of_whole(0, 129, "m") == Form::table);
  CHECK(form_of_whole(0, 20'000, "m") == Form::table);
}

TEST_CASE("members are looked up many together") {
  Set packed;
  Set table;
  SetLimits none = usual;
  none.intset_entries_max = none.listpack_entries_max = 0;
  std::vector<std::string> texts;
  for (int number = 0; number < 32; ++number) {
    texts.push_back(number % 4 < 2 ? std::to_string(number) : "m" + std::to_string(number));
    if (number % 2 != 0) continue;
    packed.add(texts.back(), usual);
    table.add(texts.back(), none);
  }
  std::vector<PackedElement> members;
  for (const std::string& text : texts) {
    const auto integer = sluice::base::parse_integer(text);
    members.push_back(integer ? PackedElement(*integer) : PackedElement(std::string_view(text)));
  }
  for (const Set* set : {&packed, &table}) {
    CHECK(set->view().contains_each(members) == 0x5555'5555);
    CHECK(set->view().contains_each(std::span(members).subspan(3, 4)) == 0b1010);
    CHECK(set->view().contains_each({}) == 0);
  }
  table.set_time("0", 50, none);
  CHECK(table.view().hide_until(50).contains_each(members) == 0x5555'5554);
}

TEST_CASE("integers are looked up many together, in order or not") {
  SetLimits many = usual;
  many.intset_entries_max = 5000;
  Set set;
  std::set<std::int64_t> model;
  sluice::base::Random random(12);
  while (set.size() < 3000) {
    const auto member = static_cast<std::int64_t>(random.below(100'000)) - 50'000;
    set.add(std::to_string(member), many);
    model.insert(member);
  }
  REQUIRE(form_of(set) == Form::intset);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::int64_t> asked;
    for (int number = 0; number < 32; ++number) {
      const bool is_member = random.below(2) == 0;
      const auto known = *model.lower_bound(static_cast<std::int64_t>(random.below(99'000)) - 50'000);
      asked.push_back(is_member ? known : known + 1);
    }
    if (round % 2 == 0) std::ranges::sort(asked);
    std::uint32_t expected = 0;
    std::vector<PackedElement> members;
    for (std::size_t number = 0; number < asked.size(); ++number) {
      members.emplace_back(asked[number]);
      if (model.contains(asked[number])) expected |= std::uint32_t{1} << number;
    }
    REQUIRE(set.view().contains_each(members) == expected);
  }
}

TEST_CASE("random members are drawn evenly") {
  sluice::base::Random random(9);
  for (const Form form : {Form::intset, Form::listpack, Form::table}) {
    SetLimits limits = usual;
    if (form != Form::intset) limits.intset_entries_max = 0;
    if (form == Form::table) limits.listpack_entries_max = 0;
    Set set;
    for (int number = 0; number < 10; ++number) set.add(std::to_string(number), limits);
    REQUIRE(form_of(set) == form);
    std::map<std::string, int> drawn;
    std::map<std::string, int> chosen;
    for (int round = 0; round < 10'000; ++round) {
      ++drawn[set.view().random(random)->text()];
      set.view().choose(3, random, [&](const PackedElement& member) { ++chosen[member.text()]; });
    }
    for (int number = 0; number < 10; ++number) {
      CHECK(drawn[std::to_string(number)] > 800);
      CHECK(drawn[std::to_string(number)] < 1200);
      CHECK(chosen[std::to_string(number)] > 2600);
      CHECK(chosen[std::to_string(number)] < 3400);
    }
  }
}

TEST_CASE("a few of many are chosen without passing over all") {
  sluice::base::Random random(12);
  Set set;
  for (int number = 0; number < 20'000; ++number) set.add("m" + std::to_string(number), usual);
  std::set<std::string> chosen;
  set.view().choose(100, random, [&](const PackedElement& member) { chosen.insert(member.text()); });
  CHECK(chosen.size() == 100);
}

TEST_CASE("bytes of unknown origin are refused unless they are a set") {
  Listpack pack;
  pack.append(PackedText("a"));
  pack.append(PackedText("1"));
  CHECK(Set::is_valid(PackedForm::listpack, pack.view().bytes()));
  CHECK_FALSE(Set::is_valid(PackedForm::timed_listpack, pack.view().bytes()));
  CHECK_FALSE(Set::is_valid(PackedForm::intset, pack.view().bytes()));
  pack.append(PackedText("a"));
  CHECK_FALSE(Set::is_valid(PackedForm::listpack, pack.view().bytes()));
  Intset integers;
  integers.add(5);
  CHECK(Set::is_valid(PackedForm::intset, integers.view().bytes()));
}
