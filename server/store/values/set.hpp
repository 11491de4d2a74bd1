#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "server/base/hash.hpp"
#include "server/base/random.hpp"
#include "server/store/types.hpp"
#include "server/store/values/element_table.hpp"
#include "server/store/values/element_view.hpp"
#include "server/store/values/intset.hpp"
#include "server/store/values/listpack.hpp"
#include "server/store/values/packed.hpp"
#include "server/store/values/packed_element.hpp"

namespace sluice::store {

// Up to where a set is packed, and how members are hashed when it is not.
struct SetLimits {
  std::size_t intset_entries_max = 512;
  std::size_t listpack_entries_max = 128;
  std::size_t text_bytes_max = 64;  // of a member in a listpack
  base::KeyHasher hasher;
};

// A set, read: integers in order or a listpack while it is small, a table when it is not. Valid until the set is
// changed. A member of a packed set may read as an integer; one of a table never does.
//
// Members whose time has come are seen as long as they are there, unless hide_until() was called.
class SetView {
 public:
  using Table = ElementTable<false>;

  explicit SetView(PackedView packed) : packed_(packed) {}
  explicit SetView(const Table& table) : elements_(table) {}

  // Members with a time ≤ now_ms are not seen from here on; size() counts them all the same.
  SetView& hide_until(std::int64_t now_ms) {
    if (!is_packed()) elements_->hide_until(now_ms);
    return *this;
  }

  bool is_packed() const { return packed_.start != nullptr; }
  PackedForm packed_form() const { return packed_.form; }                             // requires is_packed()
  std::size_t packed_bytes() const { return packed_.byte_count(); }                   // requires is_packed()
  const Table* table() const { return is_packed() ? nullptr : &elements_->table(); }  // null if it is packed
  bool is_intset() const { return is_packed() && packed_.form == PackedForm::intset; }
  std::size_t size() const {
    if (!is_packed()) return table()->size();
    return is_intset() ? integers().size() : pack().size();
  }
  bool empty() const { return size() == 0; }
  std::size_t visible_size() const { return is_packed() ? size() : elements_->visible_size(); }
  bool has_times() const { return !is_packed() && table()->has_times(); }
  std::optional<std::int64_t> first_expiry_ms() const {
    return is_packed() ? std::nullopt : table()->first_expiry_ms();
  }

  bool contains(std::string_view member) const;
  bool contains(const PackedElement& member) const;
  // As of a look-up in a table, which must be there.
  bool contains(const Key& member) const { return elements_->find(member) != nullptr; }
  // Which of up to members_together_max members there are, from bit 0 on. Waits for the memory of all at once.
  static constexpr std::size_t members_together_max = 32;
  std::uint32_t contains_each(std::span<const PackedElement> members) const;
  // None if there is no such member, too.
  std::optional<std::int64_t> time_ms(std::string_view member) const;

  // Requires is_packed(). O(1) for integers, O(n) otherwise.
  PackedElement at(std::size_t index) const {
    return is_intset() ? PackedElement(integers().at(index)) : *pack().at(index);
  }
  // Calls visitor(const PackedElement&) for every member, in the order in which they lie.
  template <class Visitor>
  void for_each(const Visitor& visitor) const;
  // Until visitor(member) returns false; whether it never did.
  template <class Visitor>
  bool for_each_while(const Visitor& visitor) const;
  // As Keyspace::scan(); all at once if the set is packed.
  template <class Visitor>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, const Visitor& visitor) const;

  // A member chosen with nearly equal chances; none if there is none.
  std::optional<PackedElement> random(base::Random& random) const;
  // Visits `count` different members, or all if there are not so many, chosen with nearly equal chances.
  template <class Visitor>
  void choose(std::size_t count, base::Random& random, const Visitor& visitor) const;

 private:
  IntsetView integers() const { return IntsetView(packed_.start); }
  ListpackView pack() const { return ListpackView(packed_.start); }
  std::uint32_t contains_each_as_integers(std::span<const PackedElement> members) const;

  PackedView packed_;  // starts nowhere if there is a table
  std::optional<ElementView<false>> elements_;
};

// The value of a key of type set while it is made or changed; an entry keeps its packed bytes, or a pointer to its
// table (see Entry). A set begins as integers, becomes a listpack with the first member that is none, and a table
// beyond the limits that are given with each change, in the same cases as Redis 7.2; no set goes back. Members with a
// time live in a table.
//
// Where there is no memory, additions and changes throw std::bad_alloc and have changed nothing; erasing never fails.
// No member that is given may view into the set.
class Set {
 public:
  static constexpr Type type = Type::set;
  using Object = ElementTable<false>;
  using View = SetView;

  Set() = default;
  Set(PackedForm form, const PackedParts& parts) : form_(form) {
    form == PackedForm::intset ? void(integers_ = Intset(parts)) : void(pack_ = Listpack(parts));
  }
  explicit Set(std::unique_ptr<Object> table) : table_(std::move(table)) {}
  Set(Set&&) noexcept = default;
  Set& operator=(Set&&) noexcept = default;
  ~Set() = default;

  // A set of these members, which all differ, in the form that it would have if they had been added one by one;
  // integers in order if they may be. The members may view into other sets.
  static Set of(std::span<const PackedElement> members, const SetLimits& limits);
  // Whether `bytes` of unknown origin are a packed set of this form; total.
  static bool is_valid(PackedForm form, std::string_view bytes);

  SetView view() const { return is_packed() ? SetView(packed()) : SetView(*table_); }
  operator SetView() const { return view(); }

  bool is_packed() const { return table_ == nullptr; }
  std::size_t size() const { return view().size(); }
  bool empty() const { return view().empty(); }
  bool has_times() const { return !is_packed() && table_->has_times(); }
  std::optional<std::int64_t> first_expiry_ms() const { return view().first_expiry_ms(); }
  // Of what it holds outside of itself.
  std::size_t memory_bytes() const {
    return is_packed() ? integers_.memory_bytes() + pack_.memory_bytes() : table_->memory_bytes();
  }

  // Requires is_packed(), or the opposite. Taking leaves an empty set.
  PackedView packed() const {
    return {form_, form_ == PackedForm::intset ? integers_.view().data() : pack_.view().data()};
  }
  PackedParts release_packed() { return form_ == PackedForm::intset ? integers_.release() : pack_.release(); }
  std::unique_ptr<Object> take_object() { return std::move(table_); }
  const Object* object() const { return table_.get(); }  // null if it is packed

  // Prepares for a command that adds `count` members, the first of which is `first`.
  void expect(std::size_t count, std::string_view first, const SetLimits& limits);
  // Whether the member is new; one that is there already keeps its time.
  bool add(std::string_view member, const SetLimits& limits);
  bool add(const PackedElement& member, const SetLimits& limits);
  // Whether the member was there.
  bool erase(std::string_view member);
  // Whether the member is there.
  bool set_time(std::string_view member, std::optional<std::int64_t> time_ms, const SetLimits& limits);
  // Erases up to `count_max` members with a time ≤ now_ms, the earliest first; calls visitor(PackedElement member)
  // before for each. Returns how many.
  template <class Visitor>
  std::size_t erase_due(std::int64_t now_ms, std::size_t count_max, const Visitor& visitor);

 private:
  // Makes it integers in order, whatever it was, if all members are integers and not more than the limits allow.
  void prefer_integers(const SetLimits& limits);
  bool is_intset() const { return is_packed() && form_ == PackedForm::intset; }
  bool add_integer(std::int64_t member, const SetLimits& limits);
  bool add_text(std::string_view member, const SetLimits& limits);
  bool fits_listpack(std::string_view member, const SetLimits& limits) const;
  bool add_to_table(std::string_view member, const SetLimits& limits);
  Listpack make_listpack() const;
  std::unique_ptr<Object> make_table(const SetLimits& limits) const;
  void change_to(Intset integers);
  void change_to(Listpack pack);
  void change_to(std::unique_ptr<Object> table);

  // One of these has the members.
  PackedForm form_ = PackedForm::intset;
  Intset integers_;
  Listpack pack_;
  std::unique_ptr<Object> table_;  // null: the set is packed
};

template <class Visitor>
void SetView::for_each(const Visitor& visitor) const {
  if (!is_packed()) {
    elements_->for_each([&](const Element<false>& node) { visitor(PackedElement(node.key())); });
  } else if (is_intset()) {
    const IntsetView all = integers();
    for (std::size_t index = 0; index < all.size(); ++index) visitor(PackedElement(all.at(index)));
  } else {
    const auto end = pack().end();
    for (auto at = pack().begin(); at != end;) visitor(at.take());
  }
}

template <class Visitor>
bool SetView::for_each_while(const Visitor& visitor) const {
  if (!is_packed()) {
    return elements_->for_each_while([&](const Element<false>& node) { return visitor(PackedElement(node.key())); });
  }
  if (is_intset()) {
    const IntsetView all = integers();
    for (std::size_t index = 0; index < all.size(); ++index) {
      if (!visitor(PackedElement(all.at(index)))) return false;
    }
    return true;
  }
  const auto end = pack().end();
  for (auto at = pack().begin(); at != end;) {
    if (!visitor(at.take())) return false;
  }
  return true;
}

template <class Visitor>
std::uint64_t SetView::scan(std::uint64_t cursor, std::size_t count, const Visitor& visitor) const {
  if (!is_packed()) {
    return elements_->scan(cursor, count, [&](const Element<false>& node) { visitor(PackedElement(node.key())); });
  }
  for_each(visitor);
  return 0;
}

template <class Visitor>
void SetView::choose(std::size_t count, base::Random& random, const Visitor& visitor) const {
  if (!is_packed()) {
    return elements_->choose(count, random, [&](const Element<false>& node) { visitor(PackedElement(node.key())); });
  }
  std::size_t left = size();
  std::size_t wanted = std::min(count, left);
  for_each_while([&](const PackedElement& member) {
    if (wanted == 0) return false;
    if (random.below(left--) < wanted) {
      --wanted;
      visitor(member);
    }
    return true;
  });
}

template <class Visitor>
std::size_t Set::erase_due(std::int64_t now_ms, std::size_t count_max, const Visitor& visitor) {
  if (is_packed()) return 0;
  return table_->erase_due(now_ms, count_max, [&](const Element<false>& node) { visitor(PackedElement(node.key())); });
}

}  // namespace sluice::store
