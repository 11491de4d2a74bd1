#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/dispatch/requests/folded_name.hpp"

namespace sluice::dispatch {

struct CommandEntry;

// Commands by name, in any case. A name of up to 16 bytes is folded into two machine words, so that finding it costs a
// few nanoseconds: every request asks. Longer names are rare and are looked for elsewhere.
class CommandNames {
 public:
  CommandNames() : slots_(8) {}

  // The first entry added under a name stays.
  void add(std::string_view name, CommandEntry& entry);
  CommandEntry* find(std::string_view name) const {
    if (name.size() > FoldedName::bytes_max) [[unlikely]]
      return find_long(name);
    return slots_[slot_of(FoldedName(name))].entry;
  }

 private:
  struct Slot {
    FoldedName name;
    CommandEntry* entry = nullptr;
  };

  // Where `name` is or would be. The table is at most half full, so there is always a free slot.
  std::size_t slot_of(const FoldedName& name) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = name.hash() & mask;
    while (slots_[at].entry != nullptr && slots_[at].name != name) at = (at + 1) & mask;
    return at;
  }
  CommandEntry* find_long(std::string_view name) const;
  void grow();

  std::vector<Slot> slots_;  // open addressing; a power of two
  std::size_t used_ = 0;
  std::map<std::string, CommandEntry*> long_names_;  // in lower case
};

}  // namespace sluice::dispatch
