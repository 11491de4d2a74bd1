#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/commands/hyperloglogs/estimate.hpp"

// The sparse form of registers: runs of equal ones, from the first register to the last. A run is
//
//   00nnnnnn            n + 1 registers that are 0
//   01nnnnnn nnnnnnnn   n + 1 registers that are 0, the higher bits first
//   1rrrrrnn            n + 1 registers of rank r + 1
//
// Bytes may be of unknown origin: they are corrupt unless the runs are whole and have register_count registers.
namespace sluice::commands::hyperloglogs::sparse {

inline constexpr std::uint8_t rank_max = 32;

struct Run {
  std::uint8_t rank = 0;
  std::size_t length = 0;  // in registers
  std::size_t byte_count = 0;
};
// The run that begins at byte `at`; its byte_count is 0 if the bytes end in it.
Run run_at(std::string_view bytes, std::size_t at);

// All registers are 0.
std::string make_empty();

enum class Raised : std::uint8_t { no, yes, too_large, corrupt };

// Raises a register to the rank of `place`, which is at most rank_max, in the runs that begin at byte `first` of
// `bytes`. Divides runs and puts neighbours together in the same cases as Redis, so that the bytes are the same.
// too_large: nothing was changed, as there would be more than `bytes_max` bytes in all.
Raised raise(std::string& bytes, std::size_t first, const Place& place, std::size_t bytes_max);

// Raises each of `maxima` to at least the register's rank. False if the bytes are corrupt; some were raised then.
bool raise_to(std::string_view runs, Registers& maxima);

}  // namespace sluice::commands::hyperloglogs::sparse
