#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "server/commands/hyperloglogs/estimate.hpp"

// The dense form of registers: six bits each, the first register in the lowest bits of the first byte.
namespace sluice::commands::hyperloglogs::dense {

inline constexpr unsigned register_bits = 6;
inline constexpr std::size_t byte_count = register_count * register_bits / 8;

// All `bytes` are byte_count long.

std::uint8_t rank_at(std::string_view bytes, std::size_t index);
// Whether the register had less.
bool raise(std::span<char> bytes, const Place& place);
// Raises each of `maxima` to at least the register's rank.
void raise_to(std::string_view bytes, Registers& maxima);
void write(std::span<char> bytes, const Registers& registers);

}  // namespace sluice::commands::hyperloglogs::dense
