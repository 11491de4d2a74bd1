#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/dispatch/call/contexts.hpp"

// Bits of a string: they are numbered from the highest bit of the first byte on.
namespace sluice::commands::bitmaps {

inline bool bit_at(std::string_view bytes, std::uint64_t offset) {
  return (static_cast<unsigned char>(bytes[offset / 8]) >> (7 - offset % 8) & 1) != 0;
}
inline void set_bit(std::span<char> bytes, std::uint64_t offset, bool value) {
  const auto mask = static_cast<unsigned char>(1U << (7 - offset % 8));
  const auto byte = static_cast<unsigned char>(bytes[offset / 8]);
  bytes[offset / 8] = static_cast<char>(value ? byte | mask : byte & ~mask);
}

// The offset that a word of a request tells. Throws the error of Redis unless it is an integer from 0 to before the end
// of the longest string that there may be (proto-max-bulk-len).
std::uint64_t read_bit_offset(const dispatch::DataContext& ctx, std::string_view word);
// The same for a field of `field_bits`: behind a '#', fields of that size are counted.
std::uint64_t read_field_offset(const dispatch::DataContext& ctx, std::string_view word, unsigned field_bits);

}  // namespace sluice::commands::bitmaps
