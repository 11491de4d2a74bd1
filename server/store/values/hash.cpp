#include "server/store/values/hash.hpp"

#include <array>

#include "server/base/number_text.hpp"

namespace sluice::store {

const char HashView::no_fields[ListpackView::empty_bytes] = {ListpackView::empty_bytes, 0, 0, 0, 0, 0, '\xff'};

std::optional<HashValue> HashView::find(std::string_view name) const {
  if (is_packed_) return fields_.find(name);
  const Element<true>* node = elements_->find(name);
  if (node == nullptr) return std::nullopt;
  return HashValue{PackedElement(node->value()), node->time_ms()};
}

std::optional<HashField> HashView::random(base::Random& random) const {
  if (is_packed_) {
    const std::size_t count = fields_.visible_size();
    return count == 0 ? std::nullopt : std::optional(fields_.at(random.below(count)));
  }
  const Element<true>* node = elements_->random(random);
  return node == nullptr ? std::nullopt : std::optional(field_of(*node));
}

bool Hash::fits(std::string_view name, std::string_view value, const HashLimits& limits) const {
  if (std::max(name.size(), value.size()) > limits.text_bytes_max) return false;
  if (!fields_.has_room_for(name.size() + value.size())) return false;
  const std::size_t count = fields_.view().size();
  if (count < limits.entries_max) return true;
  return count == limits.entries_max && fields_.view().find(name).has_value();
}

bool Hash::set(std::string_view name, std::string_view value, OldTime old_time, const HashLimits& limits) {
  if (!is_packed()) return set_in(*table_, name, value, old_time);
  if (fits(name, value, limits)) return fields_.set(name, value, old_time);
  auto table = make_table(limits);
  const bool is_new = set_in(*table, name, value, old_time);
  change_to(std::move(table));
  return is_new;
}

bool Hash::set_in(Object& table, std::string_view name, std::string_view value, OldTime old_time) {
  const Key key = table.key_of(name);
  Element<true>* node = table.find(key);
  if (node == nullptr) {
    table.insert(key, value, std::nullopt);
    return true;
  }
  table.assign(key.hash, *node, value, old_time == OldTime::keep ? node->time_ms() : std::nullopt);
  return false;
}

bool Hash::erase(std::string_view name) {
  if (is_packed()) return fields_.erase(name);
  const Key key = table_->key_of(name);
  const Element<true>* node = table_->find(key);
  if (node == nullptr) return false;
  table_->erase(key.hash, *node);
  return true;
}

bool Hash::set_time(std::string_view name, std::optional<std::int64_t> time_ms) {
  if (is_packed()) return fields_.set_time(name, time_ms);
  const Key key = table_->key_of(name);
  Element<true>* node = table_->find(key);
  if (node == nullptr) return false;
  table_->set_time(key.hash, *node, time_ms);
  return true;
}

// With all fields.
std::unique_ptr<Hash::Object> Hash::make_table(const HashLimits& limits) const {
  auto table = std::make_unique<Object>(limits.hasher);
  view().for_each([&](const HashField& field) {
    const ElementText name(field.name);
    table->insert(table->key_of(name.bytes()), ElementText(field.value).bytes(), field.time_ms);
  });
  return table;
}

void Hash::change_to(std::unique_ptr<Object> table) {
  fields_ = PackedFields();
  table_ = std::move(table);
}

}  // namespace sluice::store
