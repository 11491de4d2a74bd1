#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::dispatch {

// A name of at most 16 bytes in lower case, as two machine words. All inline and without loops: every request makes
// one.
class FoldedName {
 public:
  static constexpr std::size_t bytes_max = 16;

  FoldedName() = default;
  explicit FoldedName(std::string_view name) : size_(name.size()) {
    constexpr std::size_t word_bytes = 8;
    if (size_ <= word_bytes) {
      first_ = lower_eight(read_padded(name.data(), size_));
    } else {
      first_ = lower_eight(load<std::uint64_t>(name.data()));
      second_ = lower_eight(read_padded(name.data() + word_bytes, size_ - word_bytes));
    }
  }

  bool operator==(const FoldedName&) const = default;
  std::uint64_t hash() const { return ((first_ ^ (second_ << 1)) * 0x9E3779B97F4A7C15ULL) >> 40; }

 private:
  // In each byte that is 'A' … 'Z' bit 5 is set.
  static std::uint64_t lower_eight(std::uint64_t letters) {
    constexpr std::uint64_t ones = 0x0101010101010101ULL;
    constexpr std::uint64_t high_bits = 0x80 * ones;
    const std::uint64_t ascii = letters & ~high_bits;
    const std::uint64_t from_a = ascii + (0x80 - 'A') * ones;        // high bit: at least 'A'
    const std::uint64_t behind_z = ascii + (0x80 - 'Z' - 1) * ones;  // high bit: beyond 'Z'
    const std::uint64_t is_capital = from_a & ~behind_z & ~letters & high_bits;
    return letters | (is_capital >> 2);
  }

  template <class Word>
  static std::uint64_t load(const char* bytes) {
    Word word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }

  // At most eight bytes, padded with zero bytes. Read in parts of fixed sizes, which may overlap: a copy of a size that
  // is not known before would be a call.
  static std::uint64_t read_padded(const char* first, std::size_t size) {
    if (size == 8) return load<std::uint64_t>(first);
    if (size >= 4) return load<std::uint32_t>(first) | load<std::uint32_t>(first + size - 4) << (8 * (size - 4));
    if (size == 0) return 0;
    const auto byte = [first](std::size_t at) { return load<std::uint8_t>(first + at) << (8 * at); };
    return byte(0) | byte(size / 2) | byte(size - 1);
  }

  std::uint64_t first_ = 0;   // padded with zero bytes
  std::uint64_t second_ = 0;  // likewise
  std::size_t size_ = 0;      // tells a name from the same with zero bytes behind it
};

}  // namespace sluice::dispatch
