#include "server/store/values/set.hpp"

#include <array>

#include "server/base/number_text.hpp"

namespace sluice::store {

namespace {

std::size_t digits_of(std::int64_t integer) {
  return ElementText(PackedElement(integer)).bytes().size();
}

// What a listpack with these members has for each of them, beyond their text.
constexpr std::size_t listpack_overhead_bytes_max = 10;

}  // namespace

// --- SetView

bool SetView::contains(std::string_view member) const {
  if (!is_packed()) return elements_->find(member) != nullptr;
  if (is_intset()) {
    const std::optional<std::int64_t> integer = base::parse_integer(member);
    return integer && integers().contains(*integer);
  }
  if (member.size() > PackedText::text_bytes_max) return false;
  return pack().find(PackedText(member), pack().begin(), 1) != pack().end();
}

bool SetView::contains(const PackedElement& member) const {
  if (is_intset() && member.is_integer()) return integers().contains(member.integer());
  return contains(ElementText(member).bytes());
}

// Members that come in order, as those of another set of integers do, are met in one walk over both.
std::uint32_t SetView::contains_each_as_integers(std::span<const PackedElement> members) const {
  const IntsetView all = integers();
  std::uint32_t contained = 0;
  std::size_t below = 0;
  for (std::size_t number = 0; number < members.size(); ++number) {
    const PackedElement& member = members[number];
    const auto integer = member.is_integer() ? std::optional(member.integer()) : base::parse_integer(member.bytes());
    if (!integer) continue;
    if (below > 0 && all.at(below - 1) >= *integer) below = 0;
    below = all.count_below(*integer, below);
    if (below < all.size() && all.at(below) == *integer) contained |= std::uint32_t{1} << number;
  }
  return contained;
}

std::uint32_t SetView::contains_each(std::span<const PackedElement> members) const {
  if (is_intset()) return contains_each_as_integers(members);
  std::uint32_t contained = 0;
  const auto note = [&](std::size_t number, bool is_there) {
    contained |= (is_there ? std::uint32_t{1} : std::uint32_t{0}) << number;
  };
  if (is_packed()) {
    for (std::size_t number = 0; number < members.size(); ++number) note(number, contains(members[number]));
    return contained;
  }
  std::array<std::optional<ElementText>, members_together_max> texts;
  std::array<std::uint64_t, members_together_max> hashes;
  for (std::size_t number = 0; number < members.size(); ++number) {
    hashes[number] = table()->key_of(texts[number].emplace(members[number]).bytes()).hash;
  }
  table()->prefetch(std::span(hashes).first(members.size()));
  for (std::size_t number = 0; number < members.size(); ++number) {
    note(number, elements_->find(Key{texts[number]->bytes(), hashes[number]}) != nullptr);
  }
  return contained;
}

std::optional<std::int64_t> SetView::time_ms(std::string_view member) const {
  if (is_packed()) return std::nullopt;
  const Element<false>* node = elements_->find(member);
  return node == nullptr ? std::nullopt : node->time_ms();
}

std::optional<PackedElement> SetView::random(base::Random& random) const {
  if (is_packed()) return empty() ? std::nullopt : std::optional(at(random.below(size())));
  const Element<false>* node = elements_->random(random);
  return node == nullptr ? std::nullopt : std::optional(PackedElement(node->key()));
}

// --- Set

bool Set::is_valid(PackedForm form, std::string_view bytes) {
  switch (form) {
    case PackedForm::intset:
      return IntsetView::is_valid(bytes);
    case PackedForm::listpack:
      return ListpackView::is_valid(bytes) && ListpackView(bytes.data()).all_differ(1);
    case PackedForm::timed_listpack:
      break;
  }
  return false;
}

Set Set::of(std::span<const PackedElement> members, const SetLimits& limits) {
  Set set;
  if (members.size() > std::max(limits.listpack_entries_max, limits.intset_entries_max)) {
    auto table = std::make_unique<Object>(limits.hasher);
    table->reserve(members.size());
    for (const PackedElement& member : members) {
      const ElementText text(member);
      table->insert(table->key_of(text.bytes()), {}, std::nullopt);
    }
    set.change_to(std::move(table));
  } else {
    for (const PackedElement& member : members) set.add(member, limits);
    set.prefer_integers(limits);
  }
  return set;
}

void Set::expect(std::size_t count, std::string_view first, const SetLimits& limits) {
  if (!is_packed()) return;
  if (is_intset() && empty() && (count > limits.intset_entries_max || !base::parse_integer(first))) {
    change_to(Listpack());
  }
  const std::size_t entries_max = is_intset() ? limits.intset_entries_max : limits.listpack_entries_max;
  if (count > entries_max) change_to(make_table(limits));
}

bool Set::add(std::string_view member, const SetLimits& limits) {
  if (is_intset()) {
    if (const std::optional<std::int64_t> integer = base::parse_integer(member)) return add_integer(*integer, limits);
  }
  return add_text(member, limits);
}

bool Set::add(const PackedElement& member, const SetLimits& limits) {
  if (is_intset() && member.is_integer()) return add_integer(member.integer(), limits);
  return add(ElementText(member).bytes(), limits);
}

// To integers.
bool Set::add_integer(std::int64_t member, const SetLimits& limits) {
  if (integers_.view().size() < std::min(limits.intset_entries_max, Intset::size_max)) return integers_.add(member);
  if (integers_.view().contains(member)) return false;
  const ElementText text{PackedElement(member)};
  return empty() ? add_text(text.bytes(), limits) : add_to_table(text.bytes(), limits);
}

// Adds a member that cannot be kept among integers.
bool Set::add_text(std::string_view member, const SetLimits& limits) {
  if (!is_packed()) return add_to_table(member, limits);
  if (!is_intset() && view().contains(member)) return false;
  if (!fits_listpack(member, limits)) return add_to_table(member, limits);
  if (!is_intset()) {
    pack_.append(PackedText(member));
  } else {
    Listpack pack = make_listpack();
    pack.append(PackedText(member));
    change_to(std::move(pack));
  }
  return true;
}

bool Set::fits_listpack(std::string_view member, const SetLimits& limits) const {
  const std::size_t count = size();
  if (count >= limits.listpack_entries_max || member.size() > limits.text_bytes_max) return false;
  std::size_t bytes = member.size() + listpack_overhead_bytes_max;
  if (is_intset() && count > 0) {
    const std::size_t digits_max =
        std::max(digits_of(integers_.view().at(0)), digits_of(integers_.view().at(count - 1)));
    if (digits_max > limits.text_bytes_max) return false;
    bytes += count * listpack_overhead_bytes_max;
  }
  return member.size() <= PackedText::text_bytes_max && pack_.has_room_for(bytes);
}

// Makes it a table first if it is none.
bool Set::add_to_table(std::string_view member, const SetLimits& limits) {
  std::unique_ptr<Object> fresh = is_packed() ? make_table(limits) : nullptr;
  Object& table = fresh != nullptr ? *fresh : *table_;
  const Key key = table.key_of(member);
  const bool is_new = table.find(key) == nullptr;
  if (is_new) table.insert(key, {}, std::nullopt);
  if (fresh != nullptr) change_to(std::move(fresh));
  return is_new;
}

bool Set::erase(std::string_view member) {
  if (is_intset()) {
    const std::optional<std::int64_t> integer = base::parse_integer(member);
    return integer && integers_.remove(*integer);
  }
  if (is_packed()) {
    if (member.size() > PackedText::text_bytes_max) return false;
    const ListpackView all = pack_.view();
    auto at = all.find(PackedText(member), all.begin(), 1);
    if (at == all.end()) return false;
    const std::size_t offset = all.offset_of(at);
    pack_.erase(offset, all.offset_of(++at), 1);
    return true;
  }
  const Key key = table_->key_of(member);
  const Element<false>* node = table_->find(key);
  if (node == nullptr) return false;
  table_->erase(key.hash, *node);
  return true;
}

bool Set::set_time(std::string_view member, std::optional<std::int64_t> time_ms, const SetLimits& limits) {
  std::unique_ptr<Object> fresh;
  if (is_packed()) {
    const bool is_there = view().contains(member);
    if (!is_there || !time_ms) return is_there;
    fresh = make_table(limits);
  }
  Object& table = fresh != nullptr ? *fresh : *table_;
  const Key key = table.key_of(member);
  Element<false>* node = table.find(key);
  if (node == nullptr) return false;
  table.set_time(key.hash, *node, time_ms);
  if (fresh != nullptr) change_to(std::move(fresh));
  return true;
}

void Set::prefer_integers(const SetLimits& limits) {
  if (is_intset() || has_times() || size() > std::min(limits.intset_entries_max, Intset::size_max)) return;
  Intset integers;
  const bool are_integers = view().for_each_while([&](const PackedElement& member) {
    const auto integer = member.is_integer() ? std::optional(member.integer()) : base::parse_integer(member.bytes());
    if (integer) integers.add(*integer);
    return integer.has_value();
  });
  if (are_integers) change_to(std::move(integers));
}

// --- Other forms, with all members

Listpack Set::make_listpack() const {
  Listpack pack(size() * listpack_overhead_bytes_max, Side::tail);
  view().for_each([&](const PackedElement& member) { pack.append(PackedText(member)); });
  return pack;
}

std::unique_ptr<Set::Object> Set::make_table(const SetLimits& limits) const {
  auto table = std::make_unique<Object>(limits.hasher);
  view().for_each([&](const PackedElement& member) {
    const ElementText text(member);
    table->insert(table->key_of(text.bytes()), {}, std::nullopt);
  });
  return table;
}

void Set::change_to(Intset integers) {
  *this = Set();
  integers_ = std::move(integers);
}

void Set::change_to(Listpack pack) {
  *this = Set();
  form_ = PackedForm::listpack;
  pack_ = std::move(pack);
}

void Set::change_to(std::unique_ptr<Object> table) {
  *this = Set(std::move(table));
}

}  // namespace sluice::store
