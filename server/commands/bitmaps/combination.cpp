#include "server/commands/bitmaps/combination.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace sluice::commands::bitmaps {

namespace {

// As much of the result as is made before the next part: it stays in the processor's first cache meanwhile.
constexpr std::size_t part_bytes = 8UL * 1024;

// 32 bytes at once: one register of AVX2, two of the SSE2 that every processor of this kind has.
using Vector [[gnu::vector_size(32)]] = std::uint64_t;

enum class Step : std::uint8_t { conjunction, disjunction, exclusion, removal };

// target = target STEP source, for `count` bytes. Compiled for each step, and for processors with and without AVX2.
template <Step step, class Word>
[[gnu::always_inline]] inline void apply_one(char* target, const char* source) {
  Word left;
  Word right;
  std::memcpy(&left, target, sizeof left);
  std::memcpy(&right, source, sizeof right);
  if constexpr (step == Step::conjunction) left &= right;
  if constexpr (step == Step::disjunction) left |= right;
  if constexpr (step == Step::exclusion) left ^= right;
  if constexpr (step == Step::removal) left &= static_cast<Word>(~right);
  std::memcpy(target, &left, sizeof left);
}

template <Step step>
[[gnu::always_inline]] inline void apply_all(char* target, const char* source, std::size_t count) {
  std::size_t at = 0;
  for (; at + sizeof(Vector) <= count; at += sizeof(Vector)) apply_one<step, Vector>(target + at, source + at);
  for (; at < count; ++at) apply_one<step, unsigned char>(target + at, source + at);
}

#if defined(__x86_64__)
template <Step step>
[[gnu::target("avx2")]] void apply_with_avx2(char* target, const char* source, std::size_t count) {
  apply_all<step>(target, source, count);
}
template <Step step>
void apply_without_avx2(char* target, const char* source, std::size_t count) {
  apply_all<step>(target, source, count);
}
template <Step step>
void apply(char* target, const char* source, std::size_t count) {
  using Run = void (*)(char*, const char*, std::size_t);
  static const Run run = __builtin_cpu_supports("avx2") != 0 ? apply_with_avx2<step> : apply_without_avx2<step>;
  run(target, source, count);
}
#else
template <Step step>
void apply(char* target, const char* source, std::size_t count) {
  apply_all<step>(target, source, count);
}
#endif

// A part of the sources, and of the result.
class Part {
 public:
  Part(std::span<const std::string_view> sources, std::size_t first, std::span<char> target)
      : sources_(sources), first_(first), target_(target) {}

  void combine(Combination combination) {
    switch (combination) {
      case Combination::all:
        copy_first();
        for (const std::string_view source : sources_.subspan(1)) keep_common(source);
        return;
      case Combination::any:
        copy_first();
        for (const std::string_view source : sources_.subspan(1)) merge<Step::disjunction>(source);
        return;
      case Combination::odd:
        copy_first();
        for (const std::string_view source : sources_.subspan(1)) merge<Step::exclusion>(source);
        return;
      case Combination::inverse:
        copy_first();
        return invert();
      case Combination::first_alone:
        copy_first();
        for (const std::string_view source : sources_.subspan(1)) merge<Step::removal>(source);
        return;
      case Combination::others_alone:
        unite_others();
        return merge<Step::removal>(sources_[0]);
      case Combination::first_and_other:
        unite_others();
        return keep_common(sources_[0]);
      case Combination::exactly_one:
        return keep_single();
    }
  }

 private:
  // What the source has of this part, perhaps less than the part or nothing.
  std::string_view piece_of(std::string_view source) const {
    return first_ < source.size() ? source.substr(first_, target_.size()) : std::string_view();
  }
  void copy_first() {
    const std::string_view piece = piece_of(sources_[0]);
    std::ranges::copy(piece, target_.begin());
    std::ranges::fill(target_.subspan(piece.size()), '\0');
  }
  void unite_others() {
    std::ranges::fill(target_, '\0');
    for (const std::string_view source : sources_.subspan(1)) merge<Step::disjunction>(source);
  }
  // For steps that zeros leave everything as it is in.
  template <Step step>
  void merge(std::string_view source) {
    const std::string_view piece = piece_of(source);
    apply<step>(target_.data(), piece.data(), piece.size());
  }
  void keep_common(std::string_view source) {
    const std::string_view piece = piece_of(source);
    apply<Step::conjunction>(target_.data(), piece.data(), piece.size());
    std::ranges::fill(target_.subspan(piece.size()), '\0');
  }
  void invert() {
    static constexpr auto ones = [] {
      std::array<char, part_bytes> bytes{};
      bytes.fill('\xff');
      return bytes;
    }();
    apply<Step::exclusion>(target_.data(), ones.data(), target_.size());
  }
  // Keeps the bits that more than one source has beside those that any has.
  void keep_single() {
    std::array<char, part_bytes> repeated{};
    std::array<char, part_bytes> common;
    copy_first();
    for (const std::string_view source : sources_.subspan(1)) {
      const std::string_view piece = piece_of(source);
      std::ranges::copy(piece, common.begin());
      apply<Step::conjunction>(common.data(), target_.data(), piece.size());
      apply<Step::disjunction>(repeated.data(), common.data(), piece.size());
      apply<Step::disjunction>(target_.data(), piece.data(), piece.size());
    }
    apply<Step::removal>(target_.data(), repeated.data(), target_.size());
  }

  std::span<const std::string_view> sources_;
  std::size_t first_;
  std::span<char> target_;
};

}  // namespace

void combine(Combination combination, std::span<const std::string_view> sources, std::span<char> result) {
  for (std::size_t first = 0; first < result.size(); first += part_bytes) {
    const std::size_t count = std::min(part_bytes, result.size() - first);
    Part(sources, first, result.subspan(first, count)).combine(combination);
  }
}

}  // namespace sluice::commands::bitmaps
