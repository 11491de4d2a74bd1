#include "server/dispatch/command_names.hpp"

#include <cstring>
#include <utility>

#include "server/base/text.hpp"

namespace sluice::dispatch {

namespace {

// Eight letters at once: in each byte that is 'A' … 'Z' bit 5 is set.
std::uint64_t lower_eight(std::uint64_t letters) {
  constexpr std::uint64_t ones = 0x0101010101010101ULL;
  constexpr std::uint64_t high_bits = 0x80 * ones;
  const std::uint64_t ascii = letters & ~high_bits;
  const std::uint64_t from_a = ascii + (0x80 - 'A') * ones;        // high bit: at least 'A'
  const std::uint64_t behind_z = ascii + (0x80 - 'Z' - 1) * ones;  // high bit: beyond 'Z'
  const std::uint64_t is_capital = from_a & ~behind_z & ~letters & high_bits;
  return letters | (is_capital >> 2);
}

template <class Word>
std::uint64_t load(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// At most eight bytes, padded with zero bytes. Read in parts of fixed sizes, which may overlap: a copy of a size that
// is not known before would be a call.
std::uint64_t read_padded(std::string_view bytes) {
  const char* const first = bytes.data();
  const std::size_t size = bytes.size();
  if (size == 8) return load<std::uint64_t>(first);
  if (size >= 4) return load<std::uint32_t>(first) | load<std::uint32_t>(first + size - 4) << (8 * (size - 4));
  if (size == 0) return 0;
  const auto byte = [first](std::size_t at) { return load<std::uint8_t>(first + at) << (8 * at); };
  return byte(0) | byte(size / 2) | byte(size - 1);
}

}  // namespace

CommandNames::Folded CommandNames::fold(std::string_view name) {
  constexpr std::size_t word_bytes = 8;
  Folded folded;
  folded.size = name.size();
  folded.words[0] = lower_eight(read_padded(name.substr(0, word_bytes)));
  if (name.size() > word_bytes) folded.words[1] = lower_eight(read_padded(name.substr(word_bytes)));
  return folded;
}

std::size_t CommandNames::slot_of(const Folded& name) const {
  const std::uint64_t mixed = (name.words[0] ^ (name.words[1] << 1)) * 0x9E3779B97F4A7C15ULL;
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (mixed >> 40) & mask;
  while (slots_[at].entry != nullptr && slots_[at].name != name) at = (at + 1) & mask;
  return at;
}

CommandEntry* CommandNames::find(std::string_view name) const {
  if (name.size() <= folded_bytes_max) [[likely]]
    return slots_[slot_of(fold(name))].entry;
  const auto found = long_names_.find(base::to_lower(name));
  return found == long_names_.end() ? nullptr : found->second;
}

void CommandNames::add(std::string_view name, CommandEntry& entry) {
  if (name.size() > folded_bytes_max) {
    long_names_.emplace(base::to_lower(name), &entry);
    return;
  }
  if (2 * (used_ + 1) > slots_.size()) grow();
  const Folded folded = fold(name);
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
