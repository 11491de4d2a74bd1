#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace sluice::store {

// The address of a node, and the 16 bits of its hash that say where in its segment it belongs, in eight bytes. User
// addresses have at most 48 bits on the machines that Sluice runs on.
class Slot {
 public:
  Slot() = default;
  Slot(void* node, std::uint16_t position)
      : bits_((std::uint64_t{position} << 48) | reinterpret_cast<std::uintptr_t>(node)) {}

  void* node() const { return reinterpret_cast<void*>(bits_ & ((std::uint64_t{1} << 48) - 1)); }
  std::uint16_t position() const { return static_cast<std::uint16_t>(bits_ >> 48); }

 private:
  std::uint64_t bits_ = 0;
};

// A set of slot numbers of one bucket: bit 7 of byte i stands for slot i.
class SlotSet {
 public:
  explicit SlotSet(std::uint64_t bits) : bits_(bits) {}
  bool empty() const { return bits_ == 0; }
  unsigned first() const { return static_cast<unsigned>(std::countr_zero(bits_)) / 8; }
  void drop_first() { bits_ &= bits_ - 1; }
  bool contains(unsigned slot) const { return ((bits_ >> (slot * 8 + 7)) & 1) != 0; }

 private:
  std::uint64_t bits_;
};

// One cache line: seven slots, a tag byte for each (eight bits of the hash, 0 when the slot is free) so that a look-up
// compares all of them at once, and the reach: how many buckets away the farthest node is that is at home here.
class alignas(64) Bucket {
 public:
  static constexpr unsigned slot_count = 7;

  SlotSet tagged(std::uint8_t tag) const { return zero_bytes(control_ ^ (low_bits * tag)); }
  SlotSet free() const { return zero_bytes(control_); }
  SlotSet used() const { return SlotSet{~zero_mask(control_) & tag_marks}; }

  const Slot& operator[](unsigned slot) const { return slots_[slot]; }
  void put(unsigned slot, std::uint8_t tag, Slot content) {
    set_tag(slot, tag);
    slots_[slot] = content;
  }
  void replace(unsigned slot, Slot content) { slots_[slot] = content; }
  void remove(unsigned slot) { put(slot, 0, Slot{}); }
  std::uint8_t tag(unsigned slot) const { return static_cast<std::uint8_t>(control_ >> (slot * 8)); }

  // reach_unknown: anywhere.
  static constexpr std::size_t reach_unknown = 255;
  std::size_t reach() const { return control_ >> 56; }
  void set_reach(std::size_t reach) {
    constexpr std::uint64_t tags = (std::uint64_t{1} << 56) - 1;
    control_ = (control_ & tags) | (std::uint64_t{std::min(reach, reach_unknown)} << 56);
  }

 private:
  static constexpr std::uint64_t low_bits = 0x0101010101010101;
  static constexpr std::uint64_t tag_marks = 0x0080808080808080;

  // Bit 7 of every byte that is zero. Exact: no carry leaves its byte.
  static std::uint64_t zero_mask(std::uint64_t bytes) {
    constexpr std::uint64_t all_but_top = 0x7f7f7f7f7f7f7f7f;
    return ~(((bytes & all_but_top) + all_but_top) | bytes | all_but_top);
  }
  static SlotSet zero_bytes(std::uint64_t bytes) { return SlotSet{zero_mask(bytes) & tag_marks}; }

  void set_tag(unsigned slot, std::uint8_t tag) {
    control_ = (control_ & ~(std::uint64_t{0xff} << (slot * 8))) | (std::uint64_t{tag} << (slot * 8));
  }

  std::uint64_t control_ = 0;  // bytes 0 … 6: the tags, byte 7: the reach
  std::array<Slot, slot_count> slots_;
};

static_assert(sizeof(Bucket) == 64);

}  // namespace sluice::store
