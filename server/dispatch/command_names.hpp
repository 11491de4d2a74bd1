#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::dispatch {

struct CommandEntry;

// Commands by name, in any case. A name of up to 16 bytes is folded into two machine words, so that finding it costs a
// few nanoseconds: every request asks. Longer names are rare and are looked for elsewhere.
class CommandNames {
 public:
  CommandNames() : slots_(8) {}

  // The first entry added under a name stays.
  void add(std::string_view name, CommandEntry& entry);
  CommandEntry* find(std::string_view name) const;

 private:
  // A name of at most 16 bytes in lower case, padded with zero bytes.
  struct Folded {
    std::array<std::uint64_t, 2> words{};
    std::size_t size = 0;  // tells a name from the same with zero bytes behind it
    bool operator==(const Folded&) const = default;
  };
  struct Slot {
    Folded name;
    CommandEntry* entry = nullptr;
  };
  static constexpr std::size_t folded_bytes_max = sizeof(Folded::words);

  static Folded fold(std::string_view name);
  // Where `name` is or would be. The table is at most half full, so there is always a free slot.
  std::size_t slot_of(const Folded& name) const;
  void grow();

  std::vector<Slot> slots_;  // open addressing; a power of two
  std::size_t used_ = 0;
  std::map<std::string, CommandEntry*> long_names_;  // in lower case
};

}  // namespace sluice::dispatch
