#include "server/dispatch/requests/command_names.hpp"

#include <utility>

#include "server/base/text.hpp"

namespace sluice::dispatch {

CommandEntry* CommandNames::find_long(std::string_view name) const {
  const auto found = long_names_.find(base::to_lower(name));
  return found == long_names_.end() ? nullptr : found->second;
}

void CommandNames::add(std::string_view name, CommandEntry& entry) {
  if (name.size() > FoldedName::bytes_max) {
    long_names_.emplace(base::to_lower(name), &entry);
    return;
  }
  if (2 * (used_ + 1) > slots_.size()) grow();
  const FoldedName folded(name);
  Slot& slot = slots_[slot_of(folded)];
  if (slot.entry != nullptr) return;
  slot = {folded, &entry};
  ++used_;
}

void CommandNames::grow() {
  const std::vector<Slot> former = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
  for (const Slot& slot : former) {
    if (slot.entry != nullptr) slots_[slot_of(slot.name)] = slot;
  }
}

}  // namespace sluice::dispatch
