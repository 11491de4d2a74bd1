#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace sluice::store {

// A score as a number that is in the same order among others: greater scores have greater numbers, and equal ones
// (which 0 and -0 are) the same. NaN is no score.
inline std::uint64_t order_of(double score) {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  const auto bits = std::bit_cast<std::uint64_t>(score + 0.0);  // which makes 0 of -0, and changes nothing else
  return (bits & sign) != 0 ? ~bits : bits | sign;
}

// A member of a large sorted set with its score, in one allocation:
//
//   score (8 bytes) | size (1 byte, or 9 from 255 on) | bytes
//
// Its address is its identity: table and tree of the set refer to it.
class ScoredMember {
 public:
  struct Deleter {
    void operator()(ScoredMember* member) const;
  };
  using Owned = std::unique_ptr<ScoredMember, Deleter>;

  static Owned create(std::string_view bytes, double score);
  ScoredMember(const ScoredMember&) = delete;
  ScoredMember& operator=(const ScoredMember&) = delete;
  ~ScoredMember() = default;

  double score() const { return score_; }
  void set_score(double score) { score_ = score; }
  std::uint64_t order() const { return order_of(score_); }
  // What the member consists of; named so for the table.
  std::string_view key() const {
    const char* const body = reinterpret_cast<const char*>(this) + sizeof(ScoredMember);
    const auto size = static_cast<unsigned char>(body[0]);
    if (size != long_mark) [[likely]]
      return {body + 1, size};
    std::size_t long_size = 0;
    std::memcpy(&long_size, body + 1, sizeof(long_size));
    return {body + 1 + sizeof(long_size), long_size};
  }
  std::size_t memory_bytes() const { return memory_bytes(key().size()); }

 private:
  static constexpr unsigned char long_mark = 0xff;

  explicit ScoredMember(double score) : score_(score) {}
  static std::size_t memory_bytes(std::size_t size);

  double score_;
};

static_assert(sizeof(ScoredMember) == 8);

}  // namespace sluice::store
