#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "server/base/hash.hpp"
#include "server/base/random.hpp"
#include "server/store/types.hpp"
#include "server/store/values/element_table.hpp"
#include "server/store/values/element_view.hpp"
#include "server/store/values/packed.hpp"
#include "server/store/values/packed_fields.hpp"

namespace sluice::store {

// Up to where a hash is packed, and how names are hashed when it is not.
struct HashLimits {
  std::size_t entries_max = 128;
  std::size_t text_bytes_max = 64;  // of a name or a value
  base::KeyHasher hasher;
};

// A hash, read: one listpack while it is small, a table when it is not. Valid until the hash is changed.
//
// Fields whose time has come are seen as long as they are there, unless hide_until() was called.
class HashView {
 public:
  using Table = ElementTable<true>;

  explicit HashView(PackedView packed) : fields_(packed) {}
  explicit HashView(const Table& table)
      : fields_(PackedView{PackedForm::listpack, no_fields}), elements_(table), is_packed_(false) {}

  // Fields with a time ≤ now_ms are not seen from here on; size() counts them all the same.
  HashView& hide_until(std::int64_t now_ms) {
    is_packed_ ? fields_.hide_until(now_ms) : elements_->hide_until(now_ms);
    return *this;
  }

  bool is_packed() const { return is_packed_; }
  PackedForm packed_form() const { return fields_.form(); }                          // requires is_packed()
  std::size_t packed_bytes() const { return fields_.pack().byte_count(); }           // requires is_packed()
  const Table* table() const { return is_packed_ ? nullptr : &elements_->table(); }  // null if it is packed
  std::size_t size() const { return is_packed_ ? fields_.size() : table()->size(); }
  bool empty() const { return size() == 0; }
  std::size_t visible_size() const { return is_packed_ ? fields_.visible_size() : elements_->visible_size(); }
  bool has_times() const { return is_packed_ ? fields_.has_times() : table()->has_times(); }
  std::optional<std::int64_t> first_expiry_ms() const {
    return is_packed_ ? fields_.first_expiry_ms() : table()->first_expiry_ms();
  }

  std::optional<HashValue> find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name).has_value(); }
  // None if there is no such field, too.
  std::optional<std::int64_t> time_ms(std::string_view name) const {
    const std::optional<HashValue> found = find(name);
    return found ? found->time_ms : std::nullopt;
  }

  // Calls visitor(const HashField&) for every field, in the order in which they lie.
  template <class Visitor>
  void for_each(const Visitor& visitor) const;
  // Until visitor(field) returns false; whether it never did.
  template <class Visitor>
  bool for_each_while(const Visitor& visitor) const;
  // As Keyspace::scan(); all at once if the hash is packed.
  template <class Visitor>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, const Visitor& visitor) const;

  // A field chosen with nearly equal chances; none if there is none.
  std::optional<HashField> random(base::Random& random) const;
  // Visits `count` different fields, or all if there are not so many, chosen with nearly equal chances.
  template <class Visitor>
  void choose(std::size_t count, base::Random& random, const Visitor& visitor) const;

 private:
  static const char no_fields[ListpackView::empty_bytes];

  static HashField field_of(const Element<true>& node) {
    return {PackedElement(node.key()), PackedElement(node.value()), node.time_ms()};
  }

  PackedFieldsView fields_;
  std::optional<ElementView<true>> elements_;
  bool is_packed_ = true;
};

// The value of a key of type hash while it is made or changed; an entry keeps its packed bytes, or a pointer to its
// table (see Entry). A hash is packed while it keeps the limits that are given with each change, and then never again:
// a table stays one, as in Redis. docs/hashes_and_sets.md tells of the forms.
//
// Where there is no memory, additions and changes throw std::bad_alloc and have changed nothing; erasing never fails.
// No text may view into the hash.
class Hash {
 public:
  static constexpr Type type = Type::hash;
  using Object = ElementTable<true>;
  using View = HashView;

  Hash() = default;
  Hash(PackedForm form, const PackedParts& parts) : fields_(form, parts) {}
  explicit Hash(std::unique_ptr<Object> table) : table_(std::move(table)) {}
  Hash(Hash&&) noexcept = default;
  Hash& operator=(Hash&&) noexcept = default;
  ~Hash() = default;

  // Whether `bytes` of unknown origin are a packed hash of this form; total. See PackedFieldsView.
  static bool is_valid(PackedForm form, std::string_view bytes) { return PackedFieldsView::is_valid(form, bytes); }

  HashView view() const { return is_packed() ? HashView(fields_.packed()) : HashView(*table_); }
  operator HashView() const { return view(); }

  bool is_packed() const { return table_ == nullptr; }
  std::size_t size() const { return view().size(); }
  bool empty() const { return view().empty(); }
  bool has_times() const { return is_packed() ? fields_.has_times() : table_->has_times(); }
  std::optional<std::int64_t> first_expiry_ms() const { return view().first_expiry_ms(); }
  // Of what it holds outside of itself.
  std::size_t memory_bytes() const { return is_packed() ? fields_.memory_bytes() : table_->memory_bytes(); }

  // Requires is_packed(), or the opposite. Taking leaves an empty hash.
  PackedView packed() const { return fields_.packed(); }
  PackedParts release_packed() { return fields_.release(); }
  std::unique_ptr<Object> take_object() { return std::move(table_); }
  const Object* object() const { return table_.get(); }  // null if it is packed

  // Prepares for a command that sets `count` fields.
  void expect(std::size_t count, const HashLimits& limits) {
    if (is_packed() && count > limits.entries_max) change_to(make_table(limits));
  }
  // Whether the field is new.
  bool set(std::string_view name, std::string_view value, OldTime old_time, const HashLimits& limits);
  // Whether the field was there.
  bool erase(std::string_view name);
  // Times are positive. Whether the field is there.
  bool set_time(std::string_view name, std::optional<std::int64_t> time_ms);
  // Erases up to `count_max` fields with a time ≤ now_ms, the earliest first; calls visitor(PackedElement name) before
  // for each. Returns how many.
  template <class Visitor>
  std::size_t erase_due(std::int64_t now_ms, std::size_t count_max, const Visitor& visitor);

 private:
  bool fits(std::string_view name, std::string_view value, const HashLimits& limits) const;
  static bool set_in(Object& table, std::string_view name, std::string_view value, OldTime old_time);
  std::unique_ptr<Object> make_table(const HashLimits& limits) const;
  void change_to(std::unique_ptr<Object> table);

  PackedFields fields_;            // empty when there is a table
  std::unique_ptr<Object> table_;  // null: all is in fields_
};

template <class Visitor>
void HashView::for_each(const Visitor& visitor) const {
  if (!is_packed_) return elements_->for_each([&](const Element<true>& node) { visitor(field_of(node)); });
  for (auto at = fields_.begin(); at != fields_.end();) visitor(fields_.take(at));
}

template <class Visitor>
bool HashView::for_each_while(const Visitor& visitor) const {
  if (!is_packed_) {
    return elements_->for_each_while([&](const Element<true>& node) { return visitor(field_of(node)); });
  }
  for (auto at = fields_.begin(); at != fields_.end();) {
    if (!visitor(fields_.take(at))) return false;
  }
  return true;
}

template <class Visitor>
std::uint64_t HashView::scan(std::uint64_t cursor, std::size_t count, const Visitor& visitor) const {
  if (!is_packed_) {
    return elements_->scan(cursor, count, [&](const Element<true>& node) { visitor(field_of(node)); });
  }
  for_each(visitor);
  return 0;
}

template <class Visitor>
void HashView::choose(std::size_t count, base::Random& random, const Visitor& visitor) const {
  if (!is_packed_) {
    return elements_->choose(count, random, [&](const Element<true>& node) { visitor(field_of(node)); });
  }
  std::size_t left = fields_.visible_size();
  std::size_t wanted = std::min(count, left);
  for (auto at = fields_.begin(); wanted > 0;) {
    const HashField field = fields_.take(at);
    if (random.below(left--) >= wanted) continue;
    --wanted;
    visitor(field);
  }
}

template <class Visitor>
std::size_t Hash::erase_due(std::int64_t now_ms, std::size_t count_max, const Visitor& visitor) {
  if (is_packed()) return fields_.erase_due(now_ms, count_max, visitor);
  return table_->erase_due(now_ms, count_max, [&](const Element<true>& node) { visitor(PackedElement(node.key())); });
}

}  // namespace sluice::store
