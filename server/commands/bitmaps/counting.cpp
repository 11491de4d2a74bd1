#include "server/commands/bitmaps/counting.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "server/commands/bitmaps/bits.hpp"

namespace sluice::commands::bitmaps {

namespace {

std::uint64_t load(const char* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// Compiled twice, for processors with the instruction that counts bits and for those without.
[[gnu::always_inline]] inline std::uint64_t count_ones_in(const char* bytes, std::size_t count) {
  constexpr std::size_t word_bytes = sizeof(std::uint64_t);
  std::array<std::uint64_t, 4> sums{};
  for (; count >= sums.size() * word_bytes; count -= sums.size() * word_bytes) {
    for (std::uint64_t& sum : sums) {
      sum += static_cast<std::uint64_t>(std::popcount(load(bytes)));
      bytes += word_bytes;
    }
  }
  std::uint64_t ones = sums[0] + sums[1] + sums[2] + sums[3];
  for (; count > 0; --count) ones += static_cast<std::uint64_t>(std::popcount(static_cast<unsigned char>(*bytes++)));
  return ones;
}

#if defined(__x86_64__)
[[gnu::target("popcnt")]] std::uint64_t count_ones_by_instruction(const char* bytes, std::size_t count) {
  return count_ones_in(bytes, count);
}
std::uint64_t count_ones_without(const char* bytes, std::size_t count) {
  return count_ones_in(bytes, count);
}
std::uint64_t count_ones_of(std::string_view bytes) {
  using Count = std::uint64_t (*)(const char*, std::size_t);
  static const Count count = __builtin_cpu_supports("popcnt") != 0 ? count_ones_by_instruction : count_ones_without;
  return count(bytes.data(), bytes.size());
}
#else
std::uint64_t count_ones_of(std::string_view bytes) {
  return count_ones_in(bytes.data(), bytes.size());
}
#endif

// The index of the first byte that is not `byte`; the size if there is none.
std::size_t find_other_byte(std::string_view bytes, unsigned char byte) {
  constexpr std::size_t word_bytes = sizeof(std::uint64_t);
  constexpr std::size_t step_bytes = 8 * word_bytes;
  const std::uint64_t pattern = byte * (std::numeric_limits<std::uint64_t>::max() / 0xff);
  std::size_t at = 0;
  for (; at + step_bytes <= bytes.size(); at += step_bytes) {
    std::uint64_t others = 0;
    for (std::size_t word = 0; word < step_bytes; word += word_bytes)
      others |= load(bytes.data() + at + word) ^ pattern;
    if (others != 0) break;
  }
  while (at < bytes.size() && static_cast<unsigned char>(bytes[at]) == byte) ++at;
  return at;
}

}  // namespace

std::uint64_t count_ones(std::string_view bytes, const BitRange& range) {
  if (range.first >= range.end) return 0;
  const std::size_t first_byte = range.first / 8;
  const std::size_t last_byte = (range.end - 1) / 8;
  std::uint64_t ones = count_ones_of(bytes.substr(first_byte, last_byte - first_byte + 1));
  // The bits of the outer bytes that are not of the range.
  for (std::uint64_t bit = first_byte * 8; bit < range.first; ++bit) ones -= bit_at(bytes, bit) ? 1U : 0U;
  for (std::uint64_t bit = range.end; bit < (last_byte + 1) * 8; ++bit) ones -= bit_at(bytes, bit) ? 1U : 0U;
  return ones;
}

std::uint64_t find_bit(std::string_view bytes, const BitRange& range, bool wanted) {
  std::uint64_t bit = range.first;
  const auto look_until = [&](std::uint64_t end) {
    while (bit < end && bit_at(bytes, bit) != wanted) ++bit;
    return bit < end;
  };
  if (look_until(std::min(range.end, (range.first + 7) / 8 * 8)) || bit >= range.end) return bit;
  // `bit` begins a byte.
  const std::string_view whole = bytes.substr(bit / 8, (range.end - bit) / 8);
  bit += 8 * find_other_byte(whole, wanted ? 0x00 : 0xff);
  look_until(range.end);
  return bit;
}

}  // namespace sluice::commands::bitmaps
