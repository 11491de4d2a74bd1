#include "server/store/values/packed.hpp"

#include <algorithm>
#include <bit>
#include <new>

#include "server/base/memory.hpp"

namespace sluice::store {

namespace {

PackedParts allocate_packed(std::size_t bytes) {
  const std::size_t capacity = base::allocation_size(bytes);
  return {static_cast<char*>(::operator new(capacity)), static_cast<std::uint32_t>(capacity), 0};
}

}  // namespace

std::size_t growing_size(std::size_t needed) {
  constexpr std::size_t exact_max = 128;
  const std::size_t wished = needed <= exact_max ? needed : std::min(needed + needed / 4, std::bit_ceil(needed));
  return base::allocation_size(wished);
}

PackedParts copy_packed(std::string_view bytes) {
  const PackedParts parts = allocate_packed(bytes.size());
  std::memcpy(parts.start, bytes.data(), bytes.size());
  return parts;
}

void copy_packed_to(PackedParts& parts, std::string_view bytes) {
  constexpr std::size_t room_bytes_min = 512;
  if (parts.capacity < bytes.size() + room_bytes_min) {
    const PackedParts larger = allocate_packed(bytes.size() + 2 * room_bytes_min);
    free_packed(std::exchange(parts, larger));
  }
  char* const buffer = parts.buffer();
  parts.front = static_cast<std::uint32_t>((parts.capacity - bytes.size()) / 2);
  parts.start = buffer + parts.front;
  std::memcpy(parts.start, bytes.data(), bytes.size());
}

void free_packed(const PackedParts& parts) {
  if (parts.capacity != 0) ::operator delete(parts.buffer(), parts.capacity);
}

}  // namespace sluice::store
