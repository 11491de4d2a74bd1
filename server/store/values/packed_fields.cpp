#include "server/store/values/packed_fields.hpp"

#include <array>
#include <limits>

namespace sluice::store {

namespace {

// How a listpack has the time of a field that has none.
constexpr std::int64_t no_time = 0;

// The number by which fields are ordered.
std::int64_t order_of(std::int64_t time_ms) {
  return time_ms == no_time ? std::numeric_limits<std::int64_t>::max() : time_ms;
}

}  // namespace

// --- PackedFieldsView

bool PackedFieldsView::is_valid(PackedForm form, std::string_view bytes) {
  if (form == PackedForm::intset || !ListpackView::is_valid(bytes)) return false;
  const PackedFieldsView fields(PackedView{form, bytes.data()});
  if (fields.pack_.size() % fields.stride_ != 0) return false;
  std::int64_t order_before = std::numeric_limits<std::int64_t>::min();
  for (Iterator at = fields.begin(); at != fields.end();) {
    at.take();
    at.take();
    if (!fields.has_times()) continue;
    const PackedElement time = at.take();
    if (!time.is_integer() || time.integer() < 0 || order_of(time.integer()) < order_before) return false;
    order_before = order_of(time.integer());
  }
  return fields.pack_.all_differ(fields.stride_);
}

void PackedFieldsView::hide_until(std::int64_t now_ms) {
  if (!has_times()) return;
  for (Iterator at = first_; at != end(); ++hidden_count_, first_ = at) {
    const HashField field = take(at);
    if (!field.time_ms || *field.time_ms > now_ms) return;
  }
}

std::optional<std::int64_t> PackedFieldsView::first_expiry_ms() const {
  if (!has_times() || pack_.empty()) return std::nullopt;
  Iterator at = pack_.begin();
  return take(at).time_ms;
}

std::optional<HashValue> PackedFieldsView::find(std::string_view name) const {
  if (name.size() > PackedText::text_bytes_max) return std::nullopt;
  Iterator at = locate(PackedText(name));
  if (at == end()) return std::nullopt;
  ++at;
  const PackedElement value = at.take();
  return HashValue{value, take_time(at)};
}

// --- PackedFields

bool PackedFields::has_room_for(std::size_t text_bytes) const {
  // Three headers and lengths to be read backwards, and a time.
  constexpr std::size_t overhead_bytes_max = 40;
  return text_bytes <= PackedText::text_bytes_max && pack_.has_room_for(text_bytes + overhead_bytes_max);
}

bool PackedFields::set(std::string_view name, std::string_view value, OldTime old_time) {
  const PackedFieldsView before = view();
  const std::array field{PackedText(name), PackedText(value), PackedText(no_time)};
  auto at = before.locate(field[0]);
  if (at == before.end()) {
    pack_.append(std::span(field).first(before.stride_));
    return true;
  }
  const std::size_t offset = before.pack().offset_of(at);
  const std::size_t value_offset = before.pack().offset_of(++at);
  ++at;
  if (before.take_time(at) && old_time == OldTime::clear) {
    pack_.append(field);
    erase_field(offset);
    leave_times_if_none();
  } else {
    pack_.replace(value_offset, field[1]);
  }
  return false;
}

bool PackedFields::erase(std::string_view name) {
  if (name.size() > PackedText::text_bytes_max) return false;
  const PackedFieldsView before = view();
  const auto at = before.locate(PackedText(name));
  if (at == before.end()) return false;
  erase_field(before.pack().offset_of(at));
  leave_times_if_none();
  return true;
}

bool PackedFields::set_time(std::string_view name, std::optional<std::int64_t> time_ms) {
  if (name.size() > PackedText::text_bytes_max) return false;
  const PackedFieldsView before = view();
  const auto field = before.locate(PackedText(name));
  if (field == before.end()) return false;
  if (has_times_) {
    change_time(field, time_ms.value_or(no_time));
    leave_times_if_none();
  } else if (time_ms) {
    add_time(field, *time_ms);
  }
  return true;
}

// The first time of all.
void PackedFields::add_time(ListpackView::Iterator field, std::int64_t time_ms) {
  const PackedFieldsView before = view();
  constexpr std::size_t time_bytes_max = 10;
  constexpr std::size_t no_time_bytes = 2;
  Listpack timed(before.pack().byte_count() + before.size() * no_time_bytes + time_bytes_max, Side::tail);
  const auto add = [&](ListpackView::Iterator at, std::int64_t time) {
    const HashField added = before.take(at);
    timed.append(std::array{PackedText(added.name), PackedText(added.value), PackedText(time)});
  };
  add(field, time_ms);
  for (auto at = before.begin(); at != before.end(); before.take(at)) {
    if (at != field) add(at, no_time);
  }
  pack_ = std::move(timed);
  has_times_ = true;
}

// The form is the one with times.
void PackedFields::change_time(ListpackView::Iterator field, std::int64_t time_ms) {
  const std::size_t offset = view().pack().offset_of(field);
  ++field;
  ++field;
  pack_.replace(view().pack().offset_of(field), PackedText(time_ms));
  const PackedFieldsView present = view();
  const auto changed = present.pack().at_offset(offset);
  auto behind_changed = changed;
  present.take(behind_changed);
  // To before the first of the others that has a later time.
  auto place = present.begin();
  for (auto at = place; at != present.end(); place = at) {
    const bool is_changed = at == changed;
    const std::int64_t other_ms = present.take(at).time_ms.value_or(no_time);
    if (!is_changed && order_of(other_ms) > order_of(time_ms)) break;
  }
  if (place == behind_changed || place == changed) return;
  pack_.move(offset, present.pack().offset_of(behind_changed), present.pack().offset_of(place));
}

void PackedFields::erase_field(std::size_t offset) {
  const PackedFieldsView before = view();
  auto at = before.pack().at_offset(offset);
  before.take(at);
  pack_.erase(offset, before.pack().offset_of(at), before.stride_);
}

void PackedFields::erase_first_fields(std::size_t count) {
  const PackedFieldsView before = view();
  auto at = before.begin();
  for (std::size_t left = count; left > 0; --left) before.take(at);
  pack_.erase(ListpackView::header_bytes, before.pack().offset_of(at), count * before.stride_);
  leave_times_if_none();
}

void PackedFields::leave_times_if_none() {
  if (!has_times_ || view().first_expiry_ms()) return;
  pack_.erase_every(3);
  has_times_ = false;
}

}  // namespace sluice::store
