#pragma once

#include <cstdint>

namespace sluice::base {

// A set of enumerators of an enum whose values are bit positions.
template <class Enum>
class EnumSet {
 public:
  constexpr EnumSet() = default;
  constexpr EnumSet(Enum member) : bits_(std::uint64_t{1} << static_cast<unsigned>(member)) {}

  constexpr bool has(Enum member) const { return (bits_ & EnumSet(member).bits_) != 0; }
  constexpr bool has_any(EnumSet members) const { return (bits_ & members.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr EnumSet operator|(EnumSet other) const { return EnumSet(bits_ | other.bits_); }
  constexpr EnumSet& operator|=(EnumSet other) { return *this = *this | other; }
  constexpr void set(Enum member, bool is_in) {
    bits_ = is_in ? bits_ | EnumSet(member).bits_ : bits_ & ~EnumSet(member).bits_;
  }
  constexpr bool operator==(const EnumSet&) const = default;

 private:
  constexpr explicit EnumSet(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits_ = 0;
};

}  // namespace sluice::base
