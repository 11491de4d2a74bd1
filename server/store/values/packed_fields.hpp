#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "server/store/values/listpack.hpp"
#include "server/store/values/listpack_view.hpp"
#include "server/store/values/packed.hpp"
#include "server/store/values/packed_element.hpp"

namespace sluice::store {

// What a field of a hash holds, and until when.
struct HashValue {
  PackedElement value;
  std::optional<std::int64_t> time_ms;
};

struct HashField {
  PackedElement name;
  PackedElement value;
  std::optional<std::int64_t> time_ms;
};

// Whether a field that gets a new value keeps the time that it has.
enum class OldTime : std::uint8_t { clear, keep };

// The fields of a small hash, read: a listpack of names and values, or, while any field has a time, of names, values
// and times. The latter are in the order of their times, and fields without one, whose time reads 0, are the last.
class PackedFieldsView {
 public:
  using Iterator = ListpackView::Iterator;

  explicit PackedFieldsView(PackedView packed)
      : pack_(packed.start), stride_(packed.form == PackedForm::timed_listpack ? 3 : 2), first_(pack_.begin()) {}
  // Total. Costs O(n log n), because fields must be different. The form with times may have none.
  static bool is_valid(PackedForm form, std::string_view bytes);

  // Fields with a time ≤ now_ms are passed over from here on.
  void hide_until(std::int64_t now_ms);

  PackedForm form() const { return has_times() ? PackedForm::timed_listpack : PackedForm::listpack; }
  ListpackView pack() const { return pack_; }
  bool has_times() const { return stride_ == 3; }
  std::optional<std::int64_t> first_expiry_ms() const;  // of hidden ones, too

  std::size_t size() const { return pack_.size() / stride_; }
  std::size_t visible_size() const { return size() - hidden_count_; }

  std::optional<HashValue> find(std::string_view name) const;

  // These go over the visible fields.
  Iterator begin() const { return first_; }
  Iterator end() const { return pack_.end(); }
  HashField take(Iterator& at) const {  // the field here; moves on to the next one
    const PackedElement name = at.take();
    const PackedElement value = at.take();
    return {name, value, take_time(at)};
  }
  HashField at(std::size_t index) const {  // must be below visible_size()
    Iterator at = pack_.at((hidden_count_ + index) * stride_);
    return take(at);
  }

 private:
  friend class PackedFields;

  // None where the hash has no times; `at` stands behind a value.
  std::optional<std::int64_t> take_time(Iterator& at) const {
    if (stride_ == 2) return std::nullopt;
    const std::int64_t time_ms = at.take().integer();
    return time_ms == 0 ? std::nullopt : std::optional(time_ms);
  }
  // Where the name stands, among the visible ones.
  Iterator locate(const PackedText& name) const { return pack_.find(name, first_, stride_); }

  ListpackView pack_;
  std::size_t stride_;
  Iterator first_;  // the first that is visible
  std::size_t hidden_count_ = 0;
};

// Owns the fields of a small hash and changes them. The form with times is taken on with the first time that a field
// gets and left with the last that goes.
//
// Where there is no memory, whatever adds or changes throws std::bad_alloc and has changed nothing; erasing, and taking
// a time away, never fails. No text may view into the fields, and none may exceed PackedText::text_bytes_max.
class PackedFields {
 public:
  PackedFields() = default;
  // Takes the buffer over; release() gives it away. The form with times is left at once if there are none.
  PackedFields(PackedForm form, const PackedParts& parts)
      : pack_(parts), has_times_(form == PackedForm::timed_listpack) {
    leave_times_if_none();
  }
  PackedParts release() {
    has_times_ = false;
    return pack_.release();
  }

  PackedView packed() const {
    return {has_times_ ? PackedForm::timed_listpack : PackedForm::listpack, pack_.view().data()};
  }
  PackedFieldsView view() const { return PackedFieldsView(packed()); }
  std::size_t memory_bytes() const { return pack_.memory_bytes(); }
  bool has_times() const { return has_times_; }
  bool has_room_for(std::size_t text_bytes) const;

  bool set(std::string_view name, std::string_view value, OldTime old_time);  // whether it is new
  bool erase(std::string_view name);                                          // whether it was there
  // Times are positive. Whether the field is there.
  bool set_time(std::string_view name, std::optional<std::int64_t> time_ms);
  // Erases up to `count_max` fields with a time ≤ now_ms, the earliest first; calls visitor(name) before for each.
  // Returns how many.
  template <class Visitor>
  std::size_t erase_due(std::int64_t now_ms, std::size_t count_max, const Visitor& visitor);

 private:
  void add_time(ListpackView::Iterator field, std::int64_t time_ms);
  void change_time(ListpackView::Iterator field, std::int64_t time_ms);
  void erase_field(std::size_t offset);
  void erase_first_fields(std::size_t count);
  void leave_times_if_none();

  Listpack pack_;
  bool has_times_ = false;
};

template <class Visitor>
std::size_t PackedFields::erase_due(std::int64_t now_ms, std::size_t count_max, const Visitor& visitor) {
  if (!has_times_) return 0;
  const PackedFieldsView all = view();
  std::size_t count = 0;
  for (auto at = all.begin(); at != all.end() && count < count_max; ++count) {
    const HashField field = all.take(at);
    if (!field.time_ms || *field.time_ms > now_ms) break;
    visitor(field.name);
  }
  erase_first_fields(count);
  return count;
}

}  // namespace sluice::store
